/**
 * What the review looks at stands in the page's address, so that it can be sent and gone back from.
 *
 * `from` and `to` are days, both included; `behind` holds the filter of the records that are open, as a
 * query of its own. Pure: no page, no clock.
 */

import { dayAfter, isDay, monthFrom, spanOf } from "./periods.js";

const PAGE = "/review";
const FILTERS = ["region", "interval", "profile", "tier"];

/** The state of an address's query; `today` is the day that chooses the month where none is asked for. */
export function stateOf(search, today) {
  const query = new URLSearchParams(search);
  const [from, to] = [query.get("from") ?? "", query.get("to") ?? ""];
  const period = isDay(from) && isDay(to) && from <= to ? { from, to } : spanOf(today.slice(0, 7));
  const filters = FILTERS.map((name) => [name, query.get(name) ?? ""]);
  return { ...period, ...Object.fromEntries(filters), behind: query.get("behind") ?? "" };
}

/** The address of a state with changes; what is empty is left out. */
export function addressOf(state, changes = {}) {
  const given = Object.entries({ ...state, ...changes }).filter(([, value]) => value !== "");
  return `${PAGE}?${new URLSearchParams(given)}`;
}

/** The address with the records behind a figure open; `filter` holds what the API is asked besides. */
export function addressBehind(state, filter) {
  return addressOf(state, { behind: String(new URLSearchParams(filter)) });
}

/** A state that looks back at least a year, up to the same day: one month is no trend. */
export function yearOf(state) {
  const { from } = spanOf(monthFrom(state.to.slice(0, 7), -11));
  return state.from <= from ? state : { ...state, from };
}

/** The months that can be chosen, newest first, and the years that they lie in. */
export function choices(today, months = 24) {
  const thisMonth = today.slice(0, 7);
  const found = Array.from({ length: months }, (_, back) => monthFrom(thisMonth, -back));
  return { months: found, years: [...new Set(found.map((month) => month.slice(0, 4)))] };
}

/** The month that a report is printed of: that in which the period begins. */
export function monthlyAddress({ from, region }) {
  return `/review/month?${new URLSearchParams({ month: from.slice(0, 7), ...(region && { region }) })}`;
}

/** What the API is asked for a state; its end is exclusive. */
export function queryOf({ from, to, region, interval, profile, tier }) {
  return { from, to: dayAfter(to), region, interval, profile, tier };
}
