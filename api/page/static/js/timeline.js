/** The timeline as text: every fact in order, with its source and the clock that timed it. */

import { h } from "./dom.js";
import { date, dateTime, duration, time } from "./format.js";
import { t, term } from "./i18n.js";
import { correctionOf } from "./lanes.js";
import { NO_LINE } from "./naming.js";
import { rankedText } from "./ranked.js";
import { table } from "./table.js";

const COLUMNS = ["at", "what", "source", "clock"];
const IDS = new Set(["station_id", "notification_id"]);
const FEW_MESSAGES = 2; // so many stand by themselves
const unfolded = new Set(); // by the first fact; stays so when the table is drawn again

/** Whether a fact is one of a message to one person: there are hundreds of them. */
export function isOfMessage(kind) {
  return kind.startsWith("message_");
}

/** `stations` gives the name of the station of an assignment id. What was corrected says so, and by what. */
export function timelineTable(entries, stations) {
  const heads = COLUMNS.map((name) => t(`timeline.${name}`));
  return table(
    heads,
    folded(entries).map((group) =>
      group.length > FEW_MESSAGES ? messagesRow(group, stations) : group.map((entry) => rowOf(entry, entries, stations)),
    ),
    { class: "timeline" },
  );
}

function rowOf(entry, entries, stations) {
  return row(entry, stations.get(entry.assignment_id), correctionOf(entry, entries));
}

/** The facts in order, those of messages of one station and minute together where the first of them stands. */
function folded(entries) {
  const groups = new Map();
  for (const entry of entries) {
    const minute = entry.at.slice(0, 16); // 2026-03-02T07:12
    const key = isOfMessage(entry.kind) ? `${entry.assignment_id} ${minute}` : entry.id;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()];
}

/** One line for the messages of a station and minute: how many of each kind; each of them within. */
function messagesRow(group, stations) {
  const [first] = group;
  const counts = new Map();
  for (const { kind } of group) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const summary = [...counts].map(([kind, n]) => `${term("event", kind)} ×${n}`);
  const station = stations.get(first.assignment_id);
  const remember = ({ currentTarget: { open } }) => (open ? unfolded.add(first.id) : unfolded.delete(first.id));
  const at = h("time", { datetime: first.at, title: date(first.at) }, time(first.at));
  const lines = group.map((entry) =>
    h("li", { id: `fact-${entry.id}`, tabindex: "-1" }, `${time(entry.at)} ${factText(entry)}${details(entry)}`),
  );
  const all = h(
    "details",
    { open: unfolded.has(first.id), ontoggle: remember },
    h("summary", { "data-focus": `messages-${first.id}` }, [...summary, station].filter(Boolean).join(" · ")),
    h("ul", {}, lines),
  );
  const both = (family) => [...new Set(group.map((entry) => term(family, entry[family])))].join(" · ");
  return h("tr", {}, h("td", {}, at), h("td", {}, all), h("td", {}, both("source")), h("td", {}, both("clock")));
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
  if (name === "failure" && value.startsWith(NO_LINE)) return t("handover.no_line");
  if (name === "message") return centreMessage(value);
  return term(name === "signal" ? "device" : name, value);
}

/** `Alert 1`, `Update 2`: what the 119 centre was told, and the number of the message. */
function centreMessage(value) {
  const [kind, number] = value.split(" ");
  return t("centre.message", { kind: term("centre", kind), n: number });
}
