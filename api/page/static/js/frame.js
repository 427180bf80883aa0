/** What every signed-in page has: the wall clock, the feed's state and the banner for old data. */

import { clock, everySecond } from "./clock.js";
import { duration, time } from "./format.js";
import { t } from "./i18n.js";

const SIGNS = { live: "●", polling: "▲", stale: "■" };
const GRACE_MS = 4000; // the server ends every stream now and then, and the browser is back after 2 s
const element = (id) => document.getElementById(id);

/** Show how fresh the page is, every second; `feed` as in feed.js. `tick` is called with it. */
export function runFrame(feed, tick) {
  let since = null;
  everySecond(() => {
    element("wall-clock").textContent = time(clock.now());
    const state = feed.state;
    since = state === "live" ? null : (since ?? clock.now());
    showFeed(state);
    const banner = element("stale");
    banner.hidden = since === null || clock.now() - since < GRACE_MS;
    if (!banner.hidden) {
      const age = duration((clock.now() - feed.freshAt) / 1000);
      setText(
        banner,
        t(`feed.${state}_banner`, { time: time(feed.freshAt), age: state === "stale" ? age : "" }),
      );
    }
    tick();
  });
}

function showFeed(state) {
  element("feed").className = `feed feed-${state}`;
  setText(element("feed"), `${SIGNS[state]} ${t(`feed.${state}`)}`);
}

function setText(target, text) {
  if (target.textContent !== text) target.textContent = text; // screen readers hear changes only
}
