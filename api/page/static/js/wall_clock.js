/** The wall clock of a page that follows no stream. */

import { clock, everySecond } from "./clock.js";
import { time } from "./format.js";

export function runWallClock() {
  const element = document.getElementById("wall-clock");
  everySecond(() => {
    element.textContent = time(clock.now());
  });
}
