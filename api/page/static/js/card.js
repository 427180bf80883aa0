/** One incident in full: what, where, since when, who was told, who answers, and what can be done. */

import { actionsOf } from "./actions.js";
import { assignmentRow } from "./assignments.js";
import { bootstrap } from "./bootstrap.js";
import { h } from "./dom.js";
import { dateTime, time } from "./format.js";
import { t, term } from "./i18n.js";
import { DRILL_SIGN, GRADE_SIGNS, NO_LINE, placeName } from "./naming.js";
import { Ring } from "./ring.js";

const TAKEN = ["accepted", "dispatched", "on_scene", "closed"];

/** Gives `{element, tick()}`. `links` may hold what else stands among the buttons, `gist` what stands first. */
export function incidentCard(incident, { links = [], gist = null, headingLevel = "h2" } = {}) {
  const ring = new Ring(incident, bootstrap.plan);
  const element = h(
    "article",
    {
      class: `incident incident-${incident.grade} ${incident.drill ? "incident-drill" : ""} incident-is-${incident.status}`,
      "data-incident": incident.id,
      "aria-label": `${incident.code} ${placeName(incident)}`,
    },
    head(incident, headingLevel),
    gist,
    h("div", { class: "incident-state" }, ring.element, facts(incident)),
    h("div", { class: "incident-actions" }, actionsOf(incident), links),
    h(
      "ul",
      { class: "stations", "aria-label": t("incident.stations") },
      incident.assignments.map((assignment) => assignmentRow(assignment, incident)),
    ),
  );
  return { element, tick: () => ring.tick() };
}

function head(incident, headingLevel) {
  const { premises, region } = incident;
  const place = [region.district, region.town, region.village].filter(Boolean);
  return h(
    "header",
    { class: "incident-head" },
    h("span", { class: "code", title: t("incident.code") }, incident.code),
    h(
      "div",
      { class: "incident-place" },
      h(headingLevel, {}, placeName(incident)),
      h("p", {}, [premises.name && premises.address, place.join(" › ")].filter(Boolean).join(" · ")),
    ),
    h(
      "div",
      { class: "badges" },
      incident.drill && h("span", { class: "badge badge-drill" }, `${DRILL_SIGN} ${t("incident.drill")}`),
      h(
        "span",
        { class: `badge badge-${incident.grade}` },
        `${GRADE_SIGNS[incident.grade]} ${term("grade", incident.grade)}`,
      ),
      incident.status === "closed" &&
        h("span", { class: "badge badge-closed" }, `■ ${term("disposition", incident.disposition)}`),
    ),
  );
}

function facts(incident) {
  return h(
    "dl",
    { class: "facts" },
    fact(
      t("incident.heard"),
      h(
        "ul",
        {},
        incident.signals.map((signal) => h("li", {}, signalText(signal))),
      ),
    ),
    fact(t("incident.received"), dateTime(incident.opened_at)),
    incident.closed_at && fact(t("incident.closed"), closingText(incident)),
    buildingText(incident.premises) && fact(t("incident.building"), buildingText(incident.premises)),
    fact(t("incident.handover"), handoverState(incident)),
  );
}

function fact(name, value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}

function signalText(signal) {
  const floor = signal.floor && t("incident.floor", { floor: signal.floor });
  const restored = signal.restored_at && t("incident.restored", { time: time(signal.restored_at) });
  return [term("device", signal.kind), floor, signal.room, signal.note, time(signal.received_at), restored]
    .filter(Boolean)
    .join(" · ");
}

function closingText({ closed_at, disposition, cause, close_note }) {
  return [dateTime(closed_at), term("disposition", disposition), cause, close_note]
    .filter(Boolean)
    .join(" · ");
}

function buildingText({ floors, residents, notes }) {
  const parts = [
    floors && t("incident.floors", { n: floors }),
    residents && t("incident.residents", { n: residents }),
    notes,
  ];
  return parts.filter(Boolean).join(" · ");
}

/** What it means for the desk that a message has not got through: 119 may have the incident already. */
function troubleText({ status, number, failure, attempts }) {
  if (TAKEN.includes(status)) return number ? t("handover.by_phone_under", { number }) : t("handover.by_phone");
  if (failure.startsWith(NO_LINE)) return t("handover.no_line");
  return `${t("event.handover_failed")}: ${failure}${attempts > 1 ? ` ×${attempts}` : ""}`;
}

function handoverState({ id, handover }) {
  const parts = [
    term("handover", handover.status),
    handover.at && time(handover.at),
    handover.number,
    handover.reason,
    handover.failure && troubleText(handover),
  ];
  const sheet = h("a", { href: `/incidents/${encodeURIComponent(id)}/sheet` }, t("incident.sheet"));
  const cap = h("a", { href: `/api/v1/incidents/${encodeURIComponent(id)}/cap` }, t("incident.cap"));
  return [`${parts.filter(Boolean).join(" · ")} · `, sheet, " · ", cap];
}
