/** Ages and waits that run by the server's clock, wherever they stand on the page. */

import { clock } from "./clock.js";
import { h } from "./dom.js";
import { dateTime, spoken } from "./format.js";
import { t } from "./i18n.js";

const SECONDS_UNTIL_S = 120;

/** How long something has lasted, in words. */
export function age(since) {
  return running("since", since);
}

/** How long ago something was, in words. */
export function ago(instant) {
  return running("ago", instant);
}

/** How long something lasts yet, in words. */
export function left(until) {
  return running("until", until);
}

/** Bring every age and wait to the present second. */
export function tickAges() {
  for (const element of document.querySelectorAll("time[data-runs]")) {
    const text = textOf(element.dataset.runs, element.dateTime);
    if (element.textContent !== text) element.textContent = text;
  }
}

function running(runs, instant) {
  const properties = { datetime: instant, "data-runs": runs, title: dateTime(instant), "aria-live": "off" };
  return h("time", properties, textOf(runs, instant));
}

function textOf(runs, instant) {
  const passed_s = (clock.now() - Date.parse(instant)) / 1000;
  if (runs === "until") return spoken(-passed_s);
  const age = spoken(settled(passed_s));
  return runs === "ago" ? t("age.ago", { age }) : age;
}

/** While an alarm is new every second counts; later they would only flicker. */
function settled(seconds) {
  return seconds < SECONDS_UNTIL_S ? seconds : seconds - (seconds % 60);
}
