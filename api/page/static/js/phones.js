/** Telephone numbers of one incident: masked until somebody asks for them on purpose, which is recorded. */

import { newIdempotencyKey, post } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { h, replaceChildren } from "./dom.js";
import { t, term } from "./i18n.js";

const { runs_incidents, answers_for } = bootstrap.user;
let shown = null; // what was asked for stays when the panel is drawn again

/** A button that shows the numbers in its place; null for who may not ring. */
export function phonesOf(incident) {
  const mayAsk = runs_incidents ? incident.status === "open" : answers_for?.length > 0;
  if (!mayAsk) return null;
  const place = h("div", { class: "phones", "aria-live": "polite" });
  replaceChildren(place, shown ? numbers(shown) : button(incident, place));
  return place;
}

function button(incident, place) {
  const fault = h("p", { class: "fault", role: "alert" });
  const show = async () => {
    try {
      shown = await asked(incident);
      replaceChildren(place, numbers(shown));
    } catch (problem) {
      fault.textContent = problem.message;
    }
  };
  return [
    h("button", { type: "button", "data-focus": "phones", onclick: show }, t("phones.show")),
    h("span", { class: "quiet" }, ` ${t("phones.effect")}`),
    fault,
  ];
}

/** A dispatcher asks for all that the incident needs, a station for the building's contact. */
async function asked({ id, premises }) {
  const key = newIdempotencyKey();
  if (runs_incidents) return post(`/incidents/${encodeURIComponent(id)}/phones`, {}, key);
  const path = `/premises/${encodeURIComponent(premises.id)}/phone`;
  const { name, phone } = await post(path, { incident_id: id }, key);
  return { teams: [], keys: [{ role: "contact", name, phone }], reports: [] };
}

function numbers({ teams, keys, reports }) {
  return h(
    "ul",
    {},
    keys.map(({ name, role, phone }) => h("li", {}, `${name} (${term("holder", role)}) `, link(phone))),
    teams.map(({ station_name, name, role, phone }) =>
      h("li", {}, `${station_name} · ${name} (${term("role", role)}) `, link(phone)),
    ),
    reports.map(({ note }) => h("li", {}, `${t("phones.reports")}: ${note}`)),
  );
}

function link(phone) {
  return phone ? h("a", { href: `tel:${phone}` }, phone) : t("phones.none");
}
