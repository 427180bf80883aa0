/** What a person may decide at an incident; the API checks again who may. */

import { get, getAll, post } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { ask, choice, line } from "./dialog.js";
import { h, replaceChildren } from "./dom.js";
import { TIERS } from "./goals.js";
import { t, term } from "./i18n.js";
import { showPhones } from "./incident_phones.js";
import { journey } from "./naming.js";
import { whyText } from "./ranked.js";

/** What a person may record of a station; carriers tell the rest. */
export const RECORDABLE = ["acknowledged", "enroute", "on_scene", "cleared"];
const ANSWERS = ["coming", "enroute", "on_scene", "cannot", "false_alarm", "need_help"];
const DISPOSITIONS = ["fire", "false_alarm", "test", "duplicate", "other"];
const HANDOVER_ANSWERS = ["accepted", "rejected", "dispatched", "on_scene", "closed"];
const AFTER_HANDOVER = { accepted: "dispatched", dispatched: "on_scene", on_scene: "closed" };
const { runs_incidents, answers_for } = bootstrap.user; // answers_for null: every station

/** Buttons for the whole incident; none for who only reads, or once it is closed. */
export function actionsOf(incident) {
  if (!runs_incidents || incident.status === "closed") return [];
  return [
    incident.grade === "suspected"
      ? button("confirm", t("action.confirm"), () => askGrade(incident, "confirmed"))
      : button("lower", t("action.lower"), () => askGrade(incident, "suspected")),
    button("send", t("action.send"), () => askStation(incident)),
    button("handover", t("action.handover"), () => askHandover(incident)),
    button("phones", t("phone.all"), () => showPhones(incident)),
    button("close", t("action.close"), () => askClose(incident)),
  ];
}

/** The buttons that record what a station says by radio or telephone: how far it is, and what it answers. */
export function recordButtons(assignment, incident) {
  if (!mayAnswer(assignment) || incident.status === "closed") return [];
  return [
    button(`answer-${assignment.id}`, t("action.answer"), () => askAnswer(assignment, incident)),
    button(`record-${assignment.id}`, t("action.record"), () => askMilestone(assignment, incident)),
  ];
}

/** Whether who is signed in speaks for a station: dispatchers for all, a chief for his own. */
export function mayAnswer({ station_id }) {
  return !answers_for || answers_for.includes(station_id);
}

function button(key, text, onclick) {
  return h("button", { type: "button", "data-focus": key, onclick }, text);
}

/** The page reads an incident again when it hears this. */
export function changed(incident) {
  return () => document.dispatchEvent(new CustomEvent("incident-changed", { detail: incident.id }));
}

/** Where the API takes a decision about an incident. */
export function path(incident, what) {
  return `/incidents/${encodeURIComponent(incident.id)}/${what}`;
}

function askAnswer(assignment, incident) {
  ask({
    title: `${incident.code} · ${assignment.station_name}`,
    fields: [
      choice(
        "answer",
        t("action.answer_what"),
        ANSWERS.map((name) => [name, term("answer", name)]),
      ),
      line("note", t("action.note")),
    ],
    submit: t("action.answer"),
    send: ({ answer, note }, key) =>
      post(
        path(incident, "answers"),
        { station_id: assignment.station_id, answer, ...(note && { note }) },
        key,
      ),
    done: changed(incident),
  });
}

function askMilestone(assignment, incident) {
  const next = RECORDABLE.find((name) => !assignment.milestones[`${name}_at`]);
  ask({
    title: `${incident.code} · ${assignment.station_name}`,
    fields: [
      choice(
        "milestone",
        t("action.record_what"),
        RECORDABLE.map((name) => [name, term("milestone", name)]),
        next,
      ),
      line("note", t("action.note")),
    ],
    submit: t("action.record_now"),
    send: ({ milestone, note }, key) =>
      post(
        path(incident, "milestones"),
        { station_id: assignment.station_id, milestone, ...(note && { note }) },
        key,
      ),
    done: changed(incident),
  });
}

function askGrade(incident, grade) {
  const isUp = grade === "confirmed";
  const name = isUp ? t("action.confirm") : t("action.lower");
  ask({
    title: `${incident.code} · ${name}`,
    fields: [
      h("p", {}, isUp ? t("action.confirm_effect") : t("action.lower_effect")),
      line("reason", isUp ? t("action.reason") : t("action.lower_reason"), { required: true }),
    ],
    submit: name,
    send: ({ reason }, key) => post(path(incident, "grade"), { grade, reason }, key),
    done: changed(incident),
  });
}

/** What 119 said on the telephone. */
function askHandover(incident) {
  const next = AFTER_HANDOVER[incident.handover.status] ?? "accepted";
  ask({
    title: `${incident.code} · ${t("action.handover")}`,
    fields: [
      choice(
        "status",
        t("action.handover_answer"),
        HANDOVER_ANSWERS.map((name) => [name, term("handover", name)]),
        next,
      ),
      line("number", t("action.handover_number"), { value: incident.handover.number ?? "" }),
      line("reason", t("action.handover_reason")),
    ],
    submit: t("action.handover"),
    send: ({ status, number, reason }, key) =>
      post(path(incident, "handover"), { status, ...(number && { number }), ...(reason && { reason }) }, key),
    done: changed(incident),
  });
}

function askClose(incident) {
  ask({
    title: `${incident.code} · ${t("action.close")}`,
    fields: [
      h("p", {}, t("action.close_effect")),
      choice(
        "disposition",
        t("action.disposition"),
        DISPOSITIONS.map((name) => [name, term("disposition", name)]),
      ),
      line("cause", t("action.cause"), { placeholder: t("action.cause_example") }),
      line("note", t("action.note")),
    ],
    submit: t("action.close"),
    send: ({ disposition, cause, note }, key) =>
      post(path(incident, "close"), { disposition, ...(cause && { cause }), ...(note && { note }) }, key),
    done: changed(incident),
  });
}

function askStation(incident) {
  const sent = new Set(incident.assignments.map((assignment) => assignment.station_id));
  const offers = h("div", { class: "offers", "aria-live": "polite" });
  const tabs = TIERS.map((tier) =>
    h("button", { type: "button", "data-tier": tier, onclick: () => offer(tier) }, term("tier", tier)),
  );
  ask({
    title: `${incident.code} · ${t("action.send")}`,
    fields: [h("div", { class: "tabs" }, tabs), offers],
    send: ({ station_id }, key) => post(path(incident, "assignments"), { station_id }, key),
    done: changed(incident),
  });
  offer(TIERS[0]);

  async function offer(tier) {
    for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.dataset.tier === tier));
    replaceChildren(offers, h("p", { class: "quiet" }, t("action.looking")));
    try {
      const { items, passed_over } = await candidates(incident.premises, tier);
      const free = items.filter((item) => !sent.has(item.station_id));
      replaceChildren(
        offers,
        free.map(offerButton),
        !free.length && h("p", {}, t("action.none_free")),
        passed_over.length > 0 && h("p", { class: "quiet" }, passedOverText(passed_over)),
      );
    } catch (problem) {
      replaceChildren(offers, h("p", { class: "fault" }, problem.message));
    }
  }
}

/** Best first by travel time; a place without a position gets every station of the tier. */
async function candidates({ lon, lat }, tier) {
  if (lon !== null) return get("/recommend", { lon, lat, tier });
  const stations = (await getAll("/stations")).filter((station) => station.tier === tier && station.active);
  return { items: stations.map(({ id, name }) => ({ station_id: id, station_name: name })), passed_over: [] };
}

function offerButton(offered) {
  return h(
    "button",
    { type: "submit", name: "station_id", value: offered.station_id, class: "offer" },
    h("strong", {}, offered.station_name),
    h("span", {}, [journey(offered), offered.reason && whyText(offered.reason)].filter(Boolean).join(" · ")),
  );
}

/** How many were not considered, by reason. */
function passedOverText(passed_over) {
  const counts = new Map();
  for (const { reason } of passed_over) {
    const why = whyText(reason.split(": ")[0]);
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  const reasons = [...counts].map(([why, n]) => `${why} ${n}`).join("、");
  return t("action.passed_over", { n: passed_over.length, reasons });
}
