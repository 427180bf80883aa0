/** False alarms: how many, from what, from which detectors and buildings. */

import { h } from "./dom.js";
import { dateTime } from "./format.js";
import { t, term } from "./i18n.js";
import { figure, shareText } from "./review_figures.js";
import { table } from "./table.js";

export const FALSE_ALARMS = "false_alarms"; // marks a filter as one of false alarms, not of records
const FIRST = 10;

/** What `GET /reports/false-alarms` says, or why it says nothing. */
export function falseAlarms(state, report) {
  const { fault, closed, false_alarms, share, per_1000_devices, devices, small } = report;
  if (fault) return h("p", { class: "fault" }, fault);
  if (!closed) return h("p", { class: "quiet" }, t("review.false.nothing_closed"));
  const every = figure(state, t("review.false.n", { n: false_alarms }), { list: FALSE_ALARMS }, false_alarms);
  const rate =
    per_1000_devices === null
      ? t("review.false.few_devices", { devices })
      : perDevices(per_1000_devices, devices);
  return [
    h(
      "p",
      {},
      t("review.false.of", { closed }),
      h("strong", {}, every),
      ` (${shareText(share)})`,
      small && ` △ ${t("review.small")}`,
    ),
    h("p", { class: "quiet" }, rate),
    false_alarms > 0 && [
      part("by_cause", t("review.false.by_cause"), causes(state, report)),
      part("by_device", t("review.false.by_device"), detectors(state, report)),
      part("by_building", t("review.false.by_building"), buildings(state, report)),
    ],
  ];
}

function perDevices(rate, devices) {
  return t("review.false.per_1000", { rate: rate.toFixed(1), devices });
}

function part(key, title, content) {
  return h("div", { class: `false-${key}` }, h("h3", {}, title), content);
}

function causes(state, { by_cause }) {
  const filterOf = (cause) => ({
    list: FALSE_ALARMS,
    ...(cause === null ? { without_cause: true } : { cause }),
  });
  const rows = by_cause.map(({ cause, n, share }) =>
    line(cause ?? t("review.false.no_cause"), figure(state, n, filterOf(cause)), shareText(share)),
  );
  return firstRows([t("review.head.cause"), ...counted()], rows, by_cause.length);
}

function detectors(state, { by_device, devices_total }) {
  const rows = by_device.map((one) => {
    const spot = [
      one.premises,
      one.floor && t("incident.floor", { floor: one.floor }),
      one.room,
      term("device", one.kind),
    ];
    const filter = { list: FALSE_ALARMS, device: one.device_id };
    const name = [spot.filter(Boolean).join(" · "), h("span", { class: "quiet id" }, ` ${one.device_id}`)];
    return line(name, figure(state, one.n, filter), shareText(one.share), dateTime(one.last_at));
  });
  return firstRows([t("review.head.device"), ...counted(), t("review.head.last")], rows, devices_total);
}

function buildings(state, { by_building, buildings_total }) {
  const rows = by_building.map((one) => {
    const filter = { list: FALSE_ALARMS, premises: one.premises_id };
    const name = [one.name, h("span", { class: "quiet" }, ` ${one.address ?? ""}`)];
    return line(name, figure(state, one.n, filter), shareText(one.share), dateTime(one.last_at));
  });
  return firstRows([t("review.head.building"), ...counted(), t("review.head.last")], rows, buildings_total);
}

function counted() {
  return [t("review.head.count"), t("review.head.part")];
}

function line(name, ...values) {
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, name),
    values.map((value) => h("td", {}, value)),
  );
}

/** The first rows; the rest unfolds, and what the API does not name is counted. */
function firstRows(heads, rows, total) {
  if (!rows.length) return h("p", { class: "quiet" }, t("review.false.none"));
  const rest = rows.slice(FIRST);
  return [
    table(heads, rows.slice(0, FIRST)),
    rest.length > 0 &&
      h("details", {}, h("summary", {}, t("review.more_rows", { n: rest.length })), table(heads, rest)),
    total > rows.length && h("p", { class: "quiet" }, t("review.first_of", { n: rows.length, total })),
  ];
}
