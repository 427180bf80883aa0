/** The six intervals of each station at one incident (contract section 9); what nobody recorded stays open. */

import { correctionButton } from "./corrections.js";
import { h } from "./dom.js";
import { duration, secondsBetween } from "./format.js";
import { t, term } from "./i18n.js";
import { table } from "./table.js";

const INTERVALS = {
  handling: ["received", "notified_at"],
  delivery: ["notified_at", "delivered_at"],
  acknowledgement: ["notified_at", "acknowledged_at"],
  turnout: ["notified_at", "enroute_at"],
  travel: ["enroute_at", "on_scene_at"],
  response: ["received", "on_scene_at"],
};

export function intervalTable(incident) {
  const heads = Object.keys(INTERVALS).map((name) => term("interval", name));
  const rows = incident.assignments.map((assignment) => row(assignment, incident));
  return table([t("intervals.station"), ...heads, t("intervals.correct")], rows);
}

function row(assignment, incident) {
  const instants = { ...assignment.milestones, received: incident.opened_at };
  const values = Object.values(INTERVALS).map(([start, end]) =>
    secondsBetween(instants[start], instants[end]),
  );
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, assignment.station_name),
    values.map((value) => h("td", {}, duration(value))),
    h("td", {}, correctionButton(assignment, incident)),
  );
}
