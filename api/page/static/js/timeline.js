/** The timeline as text: every fact in order, with its source and the clock that timed it. */

import { h } from "./dom.js";
import { date, duration, time } from "./format.js";
import { t, term } from "./i18n.js";

const COLUMNS = ["at", "what", "source", "clock"];
const IDS = new Set(["station_id", "notification_id"]);

export function timelineTable(entries) {
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: "timeline" },
      h("thead", {}, h("tr", {}, COLUMNS.map((name) => h("th", { scope: "col" }, t(`timeline.${name}`))))),
      h("tbody", {}, entries.map(row)),
    ),
  );
}

function row(entry) {
  return h(
    "tr",
    {},
    h("td", {}, h("time", { datetime: entry.at, title: date(entry.at) }, time(entry.at))),
    h("td", {}, term("event", entry.kind), h("span", { class: "quiet" }, detail(entry.data))),
    h("td", {}, [term("source", entry.source), entry.actor].filter(Boolean).join(" · ")),
    h("td", {}, term("clock", entry.clock)),
  );
}

/** What else is known of a fact: ` · name: value`; ids stay with the API. */
function detail(data) {
  const known = Object.entries(data).filter(([name, value]) => value !== null && value !== "" && !IDS.has(name));
  return known.map(([name, value]) => ` · ${term("field", name)}: ${valueText(name, value)}`).join("");
}

function valueText(name, value) {
  if (typeof value === "boolean") return t(`word.${value}`);
  if (name === "before") return time(value);
  if (name === "travel_s") return duration(value);
  return term(name === "signal" ? "device" : name, value);
}
