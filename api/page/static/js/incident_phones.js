/** Every number that an open incident may need, by one click, which is written down. */

import { newIdempotencyKey, post } from "./api.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { time } from "./format.js";
import { t, term } from "./i18n.js";
import { dial } from "./phone.js";

/** Ask for the numbers and show them, or why there are none, in a dialog. */
export async function showPhones(incident) {
  const path = `/incidents/${encodeURIComponent(incident.id)}/phones`;
  const fields = await post(path, {}, newIdempotencyKey()).then(lists, (problem) =>
    h("p", { class: "fault", role: "alert" }, problem.message),
  );
  ask({ title: t("phone.incident", { code: incident.code }), fields });
}

function lists({ teams, keys, reports }) {
  return [
    h("p", { class: "quiet" }, t("phone.noted")),
    list(
      t("phone.teams"),
      teams.map((one) => [`${one.station_name} · ${term("role", one.role)} ${one.name}`, dial(one.phone)]),
    ),
    list(
      t("phone.keys"),
      keys.map((one) => [`${term("phone", one.role)} ${one.name}`, one.phone ? dial(one.phone) : "—"]),
    ),
    list(
      t("phone.reports"),
      reports.map((one) => [time(one.received_at), one.note]),
    ),
  ];
}

function list(title, lines) {
  if (!lines.length) return null;
  return h(
    "section",
    { class: "phones" },
    h("h3", {}, title),
    h(
      "ul",
      {},
      lines.map(([who, what]) => h("li", {}, h("span", {}, who), " ", what)),
    ),
  );
}
