/** One station of the duty page: in service or not, who is on duty, on leave, and when nobody is. */

import { remove } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { h } from "./dom.js";
import { askAvailability, askLeave, changed } from "./duty_dialogs.js";
import { date, dateTime, time } from "./format.js";
import { t, term } from "./i18n.js";
import { askShifts } from "./shifts.js";

const { runs_incidents, gives_leave } = bootstrap.user;

/** 03-02 22:00–06:00; the end has a date, too, where it is a day later or more. */
export function span({ from, to }) {
  const isLong = date(from) !== date(to) && clock(from) <= clock(to);
  return `${day(from)} ${clock(from)}–${isLong ? `${day(to)} ` : ""}${clock(to)}`;
}

/** Whether somebody should look at this station first. */
export function isWorrying({ in_service, on_duty, gaps }) {
  return !in_service || !on_duty.length || gaps.length > 0;
}

export function dutyStation(station) {
  const { station_id, station_name, tier, in_service, on_duty, gaps, people } = station;
  const state = !in_service ? "out" : on_duty.length ? "in" : "empty";
  return h(
    "details",
    { class: `panel duty-station duty-${state}`, "data-station": station_id, open: isOpen(station_id) },
    h(
      "summary",
      { "data-focus": `station-${station_id}` },
      h("strong", {}, station_name),
      h("span", { class: `tier tier-${tier}` }, term("tier", tier)),
      h("b", { class: "duty-state" }, t(`duty.is_${state}`)),
      h("span", { class: "quiet" }, on_duty.map(({ name }) => name).join(t("duty.and"))),
      gaps.map((gap) => h("span", { class: "duty-gap" }, `${span(gap)} ${term("gap", gap.reason)}`)),
    ),
    service(station),
    people.length
      ? h("ul", { class: "duty-people" }, people.map((person) => member(station, person)))
      : h("p", { class: "fault" }, t("duty.nobody_at_all")),
  );
}

/** What was opened stays open when the page is drawn anew. */
function isOpen(station_id) {
  return document.querySelector(`[data-station="${CSS.escape(station_id)}"]`)?.open ?? false;
}

function service(station) {
  const { station_id, in_service, until, reason } = station;
  const end = until ? t("duty.until", { at: dateTime(until) }) : t("duty.until_further");
  const told = in_service ? [t("duty.is_in")] : [t("duty.is_out"), end, reason];
  return h(
    "div",
    { class: "duty-service" },
    h("p", {}, told.filter(Boolean).join(" · ")),
    runs_incidents &&
      h(
        "button",
        { type: "button", "data-focus": `service-${station_id}`, onclick: () => askAvailability(station) },
        in_service ? t("duty.take_out") : t("duty.put_in"),
      ),
  );
}

function member(station, person) {
  const { person_id, name, role, always, leave_ahead } = person;
  const away = station.on_leave.find((one) => one.person_id === person_id);
  const turns = station.turns.filter((turn) => turn.person_id === person_id);
  const fault = h("p", { class: "fault", role: "alert" });
  const back = async () => {
    try {
      await remove(`/people/${encodeURIComponent(person_id)}/leave`);
      changed();
    } catch (problem) {
      fault.textContent = problem.message;
    }
  };
  return h(
    "li",
    { "data-person": person_id },
    h(
      "div",
      {},
      h("strong", {}, name),
      ` ${term("role", role)}`,
      away && h("p", { class: "duty-leave" }, t("duty.on_leave", { at: dateTime(away.until) })),
      leave_ahead.map((leave) => h("p", { class: "duty-leave" }, t("duty.leave_ahead", { when: span(leave) }))),
      h(
        "p",
        { class: "quiet" },
        always && !away ? t("duty.always") : turns.map(span).join(t("duty.and")) || t("duty.no_turn"),
      ),
      fault,
    ),
    h(
      "span",
      { class: "duty-buttons" },
      gives_leave && away && button(`back-${person_id}`, t("duty.back"), name, back),
      gives_leave && !away && button(`leave-${person_id}`, t("duty.leave"), name, () => askLeave(person)),
      gives_leave &&
        !away &&
        leave_ahead.length > 0 &&
        button(`back-${person_id}`, t("duty.leave_withdraw"), name, back),
      runs_incidents && button(`shifts-${person_id}`, t("duty.shifts"), name, () => askShifts(person)),
    ),
  );
}

function button(focus, label, name, onclick) {
  return h("button", { type: "button", "data-focus": focus, "aria-label": `${label} ${name}`, onclick }, label);
}

function day(instant) {
  return date(instant).slice(5);
}

function clock(instant) {
  return time(instant).slice(0, 5);
}
