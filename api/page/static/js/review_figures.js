/** The figures of one group and tier as cells: every number leads to the records behind it. */

import { h, svg } from "./dom.js";
import { duration, limit } from "./format.js";
import { t, term } from "./i18n.js";
import { TIER_SIGNS } from "./naming.js";
import { addressBehind } from "./review_address.js";

const BAR = { width: 64, height: 10 };

/** A measured time, rounded up: what took 180.4 s is not shown to have kept a target of 3:00. */
export function took(seconds) {
  return duration(seconds === null ? null : Math.ceil(seconds));
}

/** A share of 0 to 1, rounded down to a tenth of a per cent: only all of them are 100 %. */
export function shareText(part) {
  return part === null ? "—" : `${(Math.floor(part * 1000 + 1e-6) / 10).toFixed(1)}%`; // 0.57 * 1000 is 569.99…
}

/** The heads of the cells that `figureCells` gives. */
export function figureHeads() {
  return ["tier", "n", "missing", "p50", "p90", "within", "target"].map((name) => t(`review.head.${name}`));
}

/** A number that opens its records; nothing lies behind none. `filter` is what the list is asked for. */
export function figure(state, text, filter, count = 1) {
  if (!count) return String(text);
  return h("a", { class: "figure", href: addressBehind(state, filter) }, String(text));
}

/** The cells of one tier's figures; `filter` says which group they are of. */
export function figureCells(state, figures, filter = {}) {
  const { tier, n, missing, p50_s, p90_s, target_s } = figures;
  const own = { ...filter, tier };
  const atLeast = (seconds) => figure(state, took(seconds), { ...own, min_s: seconds }, n);
  return [
    h("th", { scope: "row", class: "tier-cell" }, tierName(tier)),
    cell("n", figure(state, n, { ...own, missing: false }, n), figures.small && n > 0 && smallMark()),
    cell("missing", figure(state, missing, { ...own, missing: true }, missing)),
    cell("p50", atLeast(p50_s)),
    cell("p90", atLeast(p90_s), " ", verdict(figures)),
    cell("within", within(state, figures, own)),
    cell("target", target_s === null ? "—" : limit(target_s)),
  ];
}

/** A tier by its shape and its word. */
export function tierName(tier) {
  return [
    h("span", { class: `tier-sign tier-${tier}`, "aria-hidden": "true" }, TIER_SIGNS[tier]),
    term("tier", tier),
  ];
}

/** Says that a figure rests on too little to be judged by. */
export function smallMark() {
  return h("span", { class: "small-mark" }, ` △ ${t("review.small")}`);
}

/** A cell that says its own name where the table becomes cards. */
export function cell(name, ...content) {
  return h("td", { "data-label": t(`review.head.${name}`) }, h("div", {}, content));
}

/** Whether nine of ten came in time; nobody is judged on a small number. */
function verdict({ small, p90_s, target_s }) {
  if (small || p90_s === null || target_s === null) return null;
  const isMet = p90_s <= target_s;
  const [sign, word] = isMet ? ["✓", t("review.met")] : ["✕", t("review.not_met")];
  return h("span", { class: isMet ? "met" : "fault" }, `${sign} ${word}`);
}

function within(state, { n, within_n, within_target }, own) {
  if (within_n === null) return "—";
  const late = n - within_n;
  return [
    bar(within_target),
    h("strong", {}, ` ${shareText(within_target)} `),
    h("span", { class: "of" }, figure(state, within_n, { ...own, over_target: false }, within_n), `/${n}`),
    late > 0 && [" · ", figure(state, t("review.late", { n: late }), { ...own, over_target: true })],
  ];
}

/** A share as a small bar; its number stands beside it. */
function bar(share) {
  const { width, height } = BAR;
  return svg(
    "svg",
    { class: "bar-of", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    svg("rect", { class: "bar-whole", width, height, rx: 3 }),
    svg("rect", { class: "bar-part", width: width * share, height, rx: 3 }),
  );
}
