/** A ranking of stations in words: who was first and why, who was passed over, what the help falls short of. */

import { duration } from "./format.js";
import { t, term } from "./i18n.js";

/** What the timeline keeps as `recommended`, in one line. */
export function rankedText({ tier, ranked, passed_over, too_far, straight_line_because, shortfalls }) {
  const parts = [
    term("tier", tier),
    ...ranked.map(place),
    passed_over.length && t("ranked.passed_over", { who: passed_over.map(passed).join("、") }),
    too_far && t("ranked.too_far", { n: too_far }),
    straight_line_because && t("ranked.by_line", { why: term("not_by_road", straight_line_because) }),
    ...shortfalls.map(shortfallText),
  ];
  return parts.filter(Boolean).join(" · ");
}

function place({ station, travel_s, method, reason, sent }, index) {
  const known = [travel_s !== null && duration(travel_s), method && term("method", method), whyText(reason)];
  const told = [...known, sent && `✓ ${t("ranked.sent")}`].filter(Boolean);
  return `${index + 1}. ${station} (${told.join(", ")})`;
}

function passed({ station, reason }) {
  return `${station} (${whyText(reason)})`;
}

/** Why a station is ranked so. A reason may name more: the incident that holds a station, why it is out of service. */
export function whyText(reason) {
  const [word, ...more] = reason.split(": ");
  return [term("reason", word), ...more].join(": ");
}

function shortfallText({ shortfall, sent, planned, best_s, target_s }) {
  const values = { sent, planned, best: duration(best_s), target: duration(target_s) };
  return `⚠ ${t(`shortfall.${shortfall}`, values)}`;
}
