/** Which stations have become faster or slower than in the period of equal length before. */

import { h } from "./dom.js";
import { date } from "./format.js";
import { t, term } from "./i18n.js";
import { cell, figure, shareText, smallMark, tierName, took } from "./review_figures.js";
import { table } from "./table.js";

const SIGNS = { better: "▲", worse: "▼", same: "＝", small: "△", null: "○" };
const TOLD = ["worse", "better"]; // the others are there, folded
const HEADS = ["station", "tier", "judgement", "n", "p50", "p90", "share"];

/** The stations of a review, those first that somebody should speak with. */
export function stationChanges(state, { stations, before, small_below }) {
  if (!stations.length) return h("p", { class: "quiet" }, t("review.no_records"));
  const told = TOLD.map((judgement) => stations.filter((one) => one.judgement === judgement));
  const others = stations.filter((one) => !TOLD.includes(one.judgement));
  return [
    h("p", { class: "quiet" }, comparison(before), " ", t("review.judged", { n: small_below })),
    TOLD.map((judgement, i) => [
      h("h3", {}, `${SIGNS[judgement]} ${t(`review.stations.${judgement}`)}`, ` (${told[i].length})`),
      told[i].length > 0 && rows(state, told[i], before),
    ]),
    others.length > 0 &&
      h(
        "details",
        { open: told.every((list) => !list.length) },
        h("summary", { "data-focus": "other-stations" }, t("review.other_stations", { n: others.length })),
        rows(state, others, before),
      ),
  ];
}

function comparison(before) {
  if (!before) return t("review.no_before");
  const last = new Date(before.to).getTime() - 1; // its end is exclusive
  return t("review.compared", { from: date(before.from), to: date(last) });
}

function rows(state, stations, before) {
  const heads = HEADS.map((name) => t(`review.head.${name}`));
  return table(
    heads,
    stations.map((station) => row(state, station, before)),
    { class: "figures" },
  );
}

function row(state, station, before) {
  const { station_id, name, figures, judgement } = station;
  const now = { station: station_id, tier: figures.tier };
  const then = before && { ...now, from: before.from, to: before.to };
  const seconds = (percentile) => [
    pair(state, station, now, then, percentile),
    h("span", { class: "quiet" }, ` ${signed(station[`change_${percentile}_s`], spanOf)}`),
  ];
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, name),
    cell("tier", tierName(figures.tier)),
    cell(
      "judgement",
      h(
        "span",
        { class: `judged-${judgement}` },
        `${SIGNS[judgement]} ${term("judgement", String(judgement))}`,
      ),
    ),
    cell("n", counted(state, station, now, then), figures.small && figures.n > 0 && smallMark()),
    cell("p50", seconds("p50")),
    cell("p90", seconds("p90")),
    cell("share", shares(station)),
  );
}

/** Before and now, each leading to the records it comes from. */
function pair(state, { figures, before }, now, then, percentile) {
  const one = (of, filter) => {
    const value = of[`${percentile}_s`];
    return figure(state, took(value), { ...filter, min_s: value }, of.n);
  };
  return [before && [one(before, then), " → "], one(figures, now)];
}

function counted(state, { figures, before }, now, then) {
  const one = (of, filter) => figure(state, of.n, { ...filter, missing: false }, of.n);
  return [before && [one(before, then), " → "], one(figures, now)];
}

function shares({ figures, before, change_within }) {
  if (figures.within_target === null) return "—";
  const points = (share) => t("review.points", { n: Math.round(share * 100) });
  return [
    before && before.within_target !== null && `${shareText(before.within_target)} → `,
    shareText(figures.within_target),
    h("span", { class: "quiet" }, ` ${signed(change_within, points)}`),
  ];
}

function spanOf(seconds) {
  return t("review.seconds", { n: Math.round(seconds) });
}

/** A change with its sign; nothing where nothing is comparable. */
function signed(value, textOf) {
  if (value === null) return "";
  const sign = value > 0 ? "+" : value < 0 ? "−" : "±";
  return `(${sign}${textOf(Math.abs(value))})`;
}
