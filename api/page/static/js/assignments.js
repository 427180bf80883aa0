/** One station's part: why it was sent, how far it is, and what became of every message to its people. */

import { recordButtons } from "./actions.js";
import { h } from "./dom.js";
import { time } from "./format.js";
import { t, term } from "./i18n.js";
import { journey, TIER_SIGNS } from "./naming.js";

const STEPS = ["notified", "delivered", "acknowledged", "enroute", "on_scene"];
const unfolded = new Map(); // what the reader opened or closed stays so when the card is drawn again

export function assignmentRow(assignment, incident) {
  return h(
    "li",
    { class: `station station-${assignment.status}`, "data-assignment": assignment.id },
    h(
      "div",
      { class: "station-head" },
      h(
        "div",
        { class: "station-name" },
        h(
          "span",
          { class: `tier tier-${assignment.tier}`, "aria-hidden": "true" },
          TIER_SIGNS[assignment.tier],
        ),
        h("strong", {}, assignment.station_name),
        h("span", { class: "quiet" }, whyText(assignment)),
        assignment.status === "declined" &&
          h("span", { class: "badge badge-late" }, `✕ ${t("status.declined")}`),
      ),
      h("div", { class: "station-tools" }, recordButtons(assignment, incident)),
    ),
    h(
      "ol",
      { class: "steps" },
      STEPS.map((step) => stepItem(step, assignment.milestones[`${step}_at`])),
    ),
    people(assignment),
  );
}

function whyText(assignment) {
  return [term("tier", assignment.tier), journey(assignment), term("reason", assignment.reason)]
    .filter(Boolean)
    .join(" · ");
}

function stepItem(step, at) {
  return h(
    "li",
    { class: at ? "step step-done" : "step" },
    h("span", { class: "step-sign", "aria-hidden": "true" }, at ? "✓" : "○"),
    h("span", { class: "step-name" }, term("milestone", step)),
    h("span", { class: "step-time" }, time(at)),
  );
}

function people(assignment) {
  const told = assignment.people;
  if (!told.length) return h("p", { class: "fault" }, t("people.nobody"));
  const count = (test) => told.filter(test).length;
  const failed = count((person) => person.failure);
  const summary = t("people.summary", {
    told: told.length,
    delivered: count((person) => person.delivered_at),
    answered: count((person) => person.answered_at),
  });
  const remember = (event) => unfolded.set(assignment.id, !event.currentTarget.parentElement.open);
  return h(
    "details",
    { class: "people", open: unfolded.get(assignment.id) ?? !assignment.milestones.acknowledged_at },
    h(
      "summary",
      { onclick: remember, "data-focus": `people-${assignment.id}` },
      summary,
      failed > 0 && h("span", { class: "fault" }, ` · ✕ ${t("people.failed", { n: failed })}`),
    ),
    h("ul", {}, told.map(personLine)),
  );
}

function personLine(person) {
  const [sign, state] = fateOf(person);
  return h(
    "li",
    { class: `person person-${state}` },
    h("span", { class: "person-sign", "aria-hidden": "true" }, sign),
    h("span", { class: "person-name" }, person.name),
    h("span", { class: "quiet" }, channelText(person)),
    h("span", { class: "person-fate" }, fateText(person)),
  );
}

/** By which channel, and why unless it is the page itself. */
function channelText({ channel, purpose }) {
  return purpose === "page"
    ? term("channel", channel)
    : `${term("channel", channel)} · ${term("purpose", purpose)}`;
}

function fateOf({ failure, answered_at, delivered_at, sent_at }) {
  if (answered_at) return ["✓", "answered"];
  if (failure) return ["✕", "failed"];
  if (delivered_at) return ["✓", "delivered"];
  return sent_at ? ["→", "sent"] : ["…", "queued"];
}

function fateText({ status, sent_at, delivered_at, answered_at, answer, failure }) {
  const hasGone = status === "sent" || status === "delivered";
  const reason = failure && term("failure", failure);
  const parts = [
    sent_at && t("people.sent", { time: time(sent_at) }),
    !sent_at && !failure && t("people.queued"),
    delivered_at && t("people.delivered", { time: time(delivered_at) }),
    answered_at && t("people.answered", { time: time(answered_at), answer: term("answer", answer) }),
    reason && (hasGone ? t("people.fault", { reason }) : t("people.failure", { reason })),
  ];
  return parts.filter(Boolean).join(" · ");
}
