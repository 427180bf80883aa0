/** What the review may be asked for: period, interval, profile and tier; every choice is an address. */

import { h } from "./dom.js";
import { TIERS } from "./goals.js";
import { t, term } from "./i18n.js";
import { monthFrom, periodOf, spanOf } from "./periods.js";
import { addressOf, choices } from "./review_address.js";

const INTERVALS = ["response", "acknowledgement", "turnout", "travel", "handling", "delivery"];
const MONTH_LENGTH = "2026-03".length;

/** The controls of a state; `go(address)` follows a choice. */
export function controls(state, review, today, go) {
  const change = (changes) => go(addressOf(state, { ...changes }));
  const chosen = periodOf(state.from, state.to);
  const pick = (name, options, value) => choose(name, options, value, (next) => change({ [name]: next }));
  return [
    choose("period", periods(today, chosen), chosen, (period) => period && change(spanOf(period))),
    day("from", state, change),
    day("to", state, change),
    pick(
      "interval",
      INTERVALS.map((name) => [name, term("interval", name)]),
      review.interval,
    ),
    pick(
      "profile",
      review.profiles.map((name) => [name, term("profile", name)]),
      review.profile,
    ),
    pick(
      "tier",
      [["", t("review.all_tiers")], ...TIERS.map((tier) => [tier, term("tier", tier)])],
      review.tier ?? "",
    ),
  ];
}

/** This month, the month before, this year; and the months to both sides of the one looked at. */
export function quickPeriods(state, today) {
  const thisMonth = today.slice(0, 7);
  const chosen = periodOf(state.from, state.to);
  const link = (period, text) =>
    h(
      "a",
      {
        class: "button",
        href: addressOf(state, { ...spanOf(period) }),
        "aria-current": period === chosen ? "true" : null,
        "data-focus": `period-${text}`,
      },
      text,
    );
  const isMonth = chosen.length === MONTH_LENGTH;
  return [
    isMonth && link(monthFrom(chosen, -1), `← ${monthFrom(chosen, -1)}`),
    link(thisMonth, t("review.this_month")),
    link(monthFrom(thisMonth, -1), t("review.last_month")),
    link(today.slice(0, 4), t("review.this_year")),
    isMonth && chosen < thisMonth && link(monthFrom(chosen, 1), `${monthFrom(chosen, 1)} →`),
  ];
}

function periods(today, chosen) {
  const { months, years } = choices(today);
  const known = [...months, ...years];
  const others = chosen && !known.includes(chosen) ? [chosen] : [];
  return [["", t("review.own_dates")], ...[...others, ...known].map((period) => [period, period])];
}

function choose(name, options, value, chosen) {
  const entries = options.map(([key, text]) => h("option", { value: key, selected: key === value }, text));
  const onchange = (event) => chosen(event.target.value);
  return h("label", {}, t(`review.${name}`), h("select", { name, "data-focus": name, onchange }, entries));
}

/** One end of the period; a period that ends before it begins is no question yet. */
function day(name, state, change) {
  const onchange = ({ target }) => {
    const span = { from: state.from, to: state.to, [name]: target.value };
    const isSpan = target.value && span.from <= span.to;
    target.setCustomValidity(isSpan ? "" : t("review.backwards"));
    if (target.reportValidity()) change(span);
  };
  const input = h("input", {
    type: "date",
    name,
    value: state[name],
    required: true,
    "data-focus": name,
    onchange,
  });
  return h("label", {}, t(`review.${name}`), input);
}
