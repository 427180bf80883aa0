/** What is decided on the duty page: a station in or out of service, a person's leave. */

import { post, put } from "./api.js";
import { clock } from "./clock.js";
import { ask, choice, line } from "./dialog.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { instantOf, wallOf } from "./zoned.js";

const HOUR_MS = 3_600_000;
const AWAY_HOURS = [1, 2, 8, 24, 72, 168, 336]; // the longest is the service's own limit of 14 days
const OUT_HOURS = [1, 8, 24, 168];
const OPEN_END = "0";
const PLANNED = "planned";

/** Read the page again after a change. */
export function changed() {
  document.dispatchEvent(new CustomEvent("duty-changed"));
}

/** Put a station out of service, with an end and a reason, or back. */
export function askAvailability({ station_id, station_name, in_service }) {
  const path = `/stations/${encodeURIComponent(station_id)}/availability`;
  const label = in_service ? t("duty.take_out") : t("duty.put_in");
  ask({
    title: `${label} · ${station_name}`,
    fields: in_service
      ? [
          h("p", { class: "quiet" }, t("duty.out_effect")),
          choice(
            "hours",
            t("duty.lasts"),
            [...OUT_HOURS.map(hours), [OPEN_END, t("duty.until_further")]],
            String(OUT_HOURS[1]),
          ),
          line("reason", t("duty.reason"), { required: true, placeholder: t("duty.reason_example") }),
        ]
      : h("p", {}, t("duty.in_effect")),
    submit: label,
    send: ({ hours: lasts, reason }) => {
      if (!in_service) return put(path, { in_service: true });
      return put(path, { in_service: false, reason, ...(lasts !== OPEN_END && { until: inHours(lasts) }) });
    },
    done: changed,
  });
}

/** Give a person leave from now on, or from one instant to another. */
export function askLeave({ person_id, name }) {
  const lasts = choice(
    "hours",
    t("duty.lasts"),
    [...AWAY_HOURS.map(hours), [PLANNED, t("duty.leave_planned")]],
    String(AWAY_HOURS[1]),
  );
  const planned = period();
  lasts.addEventListener("change", ({ target }) => (planned.disabled = target.value !== PLANNED));
  ask({
    title: `${t("duty.leave")} · ${name}`,
    fields: [h("p", { class: "quiet" }, t("duty.leave_effect")), lasts, planned],
    submit: t("duty.leave"),
    send: ({ hours: length, from, until }, key) =>
      post(
        `/people/${encodeURIComponent(person_id)}/leave`,
        length === PLANNED
          ? { from: instantOf(from), until: instantOf(until) }
          : { until: inHours(length) },
        key,
      ),
    done: changed,
  });
}

/** From when until when, wall times of the district; out of use, and out of sight, while it is disabled. */
function period() {
  const now = wallOf(clock.now()).slice(0, 16);
  const instant = { type: "datetime-local", min: now, required: true };
  return h(
    "fieldset",
    { class: "duty-period", disabled: true },
    line("from", t("duty.from"), instant),
    line("until", t("duty.to"), instant),
  );
}

function hours(n) {
  return [String(n), n % 24 ? t("unit.hours", { n }) : t("unit.days", { n: n / 24 })];
}

function inHours(n) {
  return new Date(clock.now() + Number(n) * HOUR_MS).toISOString();
}
