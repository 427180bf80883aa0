/** The timeline as text: every fact in order, with its source and the clock that timed it. */

import { h } from "./dom.js";
import { date, dateTime, duration, time } from "./format.js";
import { t, term } from "./i18n.js";
import { correctionOf } from "./lanes.js";
import { rankedText } from "./ranked.js";
import { table } from "./table.js";

const COLUMNS = ["at", "what", "source", "clock"];
const IDS = new Set(["station_id", "notification_id"]);

/** `stations` gives the name of the station of an assignment id. What was corrected says so, and by what. */
export function timelineTable(entries, stations) {
  const heads = COLUMNS.map((name) => t(`timeline.${name}`));
  return table(
    heads,
    entries.map((entry) => row(entry, stations.get(entry.assignment_id), correctionOf(entry, entries))),
    { class: "timeline" },
  );
}

function row(entry, station, correction) {
  const at = h("time", { datetime: entry.at, title: date(entry.at) }, time(entry.at));
  const corrected = correction && t("timeline.corrected_to", { time: time(correction.at) });
  return h(
    "tr",
    { id: `fact-${entry.id}`, tabindex: "-1" },
    h("td", {}, correction ? h("s", {}, at) : at),
    h(
      "td",
      {},
      factText(entry, station),
      h("span", { class: "quiet" }, details(entry)),
      corrected && h("strong", { class: "corrected" }, ` · ✎ ${corrected}`),
    ),
    h("td", {}, [term("source", entry.source), actorName(entry.actor)].filter(Boolean).join(" · ")),
    h("td", {}, term("clock", entry.clock)),
  );
}

/** What happened, and at which station unless the fact names it anyway. */
function factText(entry, station) {
  const name = entry.data.station ? null : station;
  return [term("event", entry.kind), name].filter(Boolean).join(" · ");
}

/** People and tokens go by their names; the API tells the two apart by a prefix. */
function actorName(actor) {
  return actor?.replace(/^(user|token):/, "");
}

function details(entry) {
  return entry.kind === "recommended" ? ` · ${rankedText(entry.data)}` : detail(entry.data);
}

/** What else is known of a fact: ` · name: value`; ids stay with the API. */
function detail(data) {
  const known = Object.entries(data).filter(
    ([name, value]) => value !== null && value !== "" && !IDS.has(name),
  );
  return known.map(([name, value]) => ` · ${term("field", name)}: ${valueText(name, value)}`).join("");
}

function valueText(name, value) {
  if (typeof value === "boolean") return t(`word.${value}`);
  if (name === "before") return dateTime(value);
  if (name === "travel_s") return duration(value);
  return term(name === "signal" ? "device" : name, value);
}
