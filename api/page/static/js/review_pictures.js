/** How the figures spread: over seconds, months and hours of the day; each as a picture and as a table. */

import { h } from "./dom.js";
import { percent } from "./format.js";
import { t, term } from "./i18n.js";
import { chart } from "./review_chart.js";
import { figure, figureCells, figureHeads, shareText, tierName, took } from "./review_figures.js";
import { table } from "./table.js";

const TIME_STEPS_S = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
const IN_TIME = { text: took, steps: TIME_STEPS_S };
const IN_SHARES = { text: percent, steps: [0.25], most: 1.04 };
const unfolded = new Set(); // a table that somebody opened stays open when the page is drawn again

/** One picture a tier: how many took how long, the target, and the share reached by then. */
export function distributions(state, { distributions: every }, open) {
  return every.filter(({ n }) => n > 0).map((one) => distribution(state, one, open));
}

function distribution(state, { tier, n, target_s, bins }, open) {
  const filterOf = ({ from_s, to_s }) => ({
    tier,
    ...(from_s !== null && { from_s }),
    ...(to_s !== null && { to_s }),
  });
  const at = bins.findIndex((bin) => target_s !== null && bin.from_s === target_s);
  const picture = {
    labels: [...bins.map(({ from_s }) => (from_s === null ? "0:00" : took(from_s))), "∞"],
    edges: true,
    columns: { label: t("review.head.n"), values: bins.map((bin) => bin.n) },
    lines: [{ label: t("review.cumulative"), values: bins.map(({ cumulative }) => cumulative) }],
    measure: IN_SHARES,
    mark: at < 0 ? null : { at, text: t("review.target", { time: took(target_s) }) },
    pick: (i) => bins[i].n && open(filterOf(bins[i])),
  };
  const rows = bins.map((bin) => {
    const links = figure(state, bin.n, filterOf(bin), bin.n);
    return row(spanText(bin), links, shareText(bin.cumulative));
  });
  const heads = [t("review.took"), t("review.head.n"), t("review.cumulative")];
  return drawn(
    `spread-${tier}`,
    [tierName(tier), ` · ${t("review.records", { n })}`],
    picture,
    table(heads, rows),
  );
}

/** A bin in words: over 3:00, up to 4:00. */
export function spanText({ from_s, to_s }) {
  if (from_s === null) return t("review.up_to", { to: took(to_s) });
  if (to_s === null) return t("review.over", { from: took(from_s) });
  return t("review.between", { from: took(from_s), to: took(to_s) });
}

/** One picture a tier over the months `of` a period: `span` asks for it where it is not the page's own. */
export function trend(state, { targets }, { of: months, span }, open) {
  const filterOf = ({ month }) => ({ month, ...span });
  return overTime(state, months, targets, open, "month", filterOf);
}

/** One picture a tier over the hours of the day. */
export function hours(state, { hours: every, targets }, open) {
  return overTime(state, every, targets, open, "hour", ({ hour }) => ({ hour }));
}

/** `name` is the field of a part that says which it is; `filterOf(part)` asks for its records. */
function overTime(state, parts, targets, open, name, filterOf) {
  const tiersSeen = targets.filter(({ tier }) => parts.some(({ figures }) => of(figures, tier)));
  return tiersSeen.map(({ tier, target_s }) => {
    const own = parts.map(({ figures }) => of(figures, tier));
    const labels = parts.map((part) => String(part[name]).padStart(2, "0"));
    const picture = {
      labels,
      columns: { label: t("review.head.n"), values: own.map((one) => one?.n ?? 0) },
      lines: [
        { label: t("review.head.p50"), values: own.map((one) => one?.p50_s ?? null) },
        { label: t("review.head.p90"), values: own.map((one) => one?.p90_s ?? null), dashed: true },
      ],
      measure: IN_TIME,
      level: target_s && { value: target_s, text: t("review.target", { time: took(target_s) }) },
      pick: (i) => own[i] && open({ ...filterOf(parts[i]), tier, missing: false }),
    };
    const rows = parts
      .map(
        (part, i) =>
          own[i] &&
          h("tr", {}, h("th", { scope: "row" }, labels[i]), figureCells(state, own[i], filterOf(part))),
      )
      .filter(Boolean);
    const heads = [term("review.by", name), ...figureHeads()];
    return drawn(`${name}-${tier}`, tierName(tier), picture, table(heads, rows, { class: "figures" }));
  });
}

function of(figures, tier) {
  return figures.find((one) => one.tier === tier);
}

/** A picture with its table, which unfolds. */
function drawn(key, title, picture, asTable) {
  const fold = h(
    "details",
    { open: unfolded.has(key) },
    h("summary", { "data-focus": key }, t("review.as_table")),
    asTable,
  );
  fold.addEventListener("toggle", () => (fold.open ? unfolded.add(key) : unfolded.delete(key)));
  return h("figure", { class: "drawn" }, h("figcaption", {}, title), chart(picture), fold);
}

function row(name, ...values) {
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, name),
    values.map((value) => h("td", {}, value)),
  );
}
