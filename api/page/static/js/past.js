/** Closed incidents, newest first, with a filter; each opens its own page. */

import { get } from "./api.js";
import { h, replaceChildren } from "./dom.js";
import { dateTime } from "./format.js";
import { t, term } from "./i18n.js";
import { DRILL_SIGN, incidentAddress, placeName } from "./naming.js";
import { dayAfter } from "./periods.js";
import { table } from "./table.js";

const PAGE = 20;
const COLUMNS = ["code", "received", "place", "outcome", "cause"];

export class PastIncidents {
  #body = h("tbody");
  #more = h(
    "button",
    { type: "button", hidden: true, onclick: () => this.#load(this.#cursor) },
    t("past.more"),
  );
  #note = h("p", { class: "quiet", role: "status" });
  #form;
  #cursor = null;
  #asked = 0;

  constructor(parent, regions) {
    this.#form = filterForm(regions, () => this.reload());
    replaceChildren(
      parent,
      this.#form,
      table(
        COLUMNS.map((name) => t(`past.${name}`)),
        this.#body,
      ),
      this.#note,
      this.#more,
    );
  }

  reload() {
    return this.#load(null);
  }

  async #load(cursor) {
    const asked = ++this.#asked;
    const filter = Object.fromEntries(new FormData(this.#form));
    if (filter.to) filter.to = dayAfter(filter.to); // the API's end is exclusive, people's is not
    try {
      const page = await get("/incidents", { status: "closed", limit: PAGE, cursor, ...filter });
      if (asked !== this.#asked) return; // a newer question is on its way
      const rows = page.items.map(row);
      if (cursor) this.#body.append(...rows);
      else replaceChildren(this.#body, rows);
      this.#cursor = page.next;
      this.#more.hidden = !page.next;
      this.#note.textContent = this.#body.children.length ? "" : t("past.none");
    } catch (problem) {
      this.#note.textContent = problem.message;
    }
  }
}

function filterForm(regions, onchange) {
  const towns = regions.filter((region) => region.level === "town");
  const townOptions = towns.map((town) => [town.code, town.name]);
  const kindOptions = [
    ["false", t("past.real")],
    ["true", t("incident.drill")],
  ];
  return h(
    "form",
    { class: "filter", onchange, onsubmit: (event) => event.preventDefault() },
    h("label", { class: "inline" }, t("past.from"), h("input", { type: "date", name: "from" })),
    h("label", { class: "inline" }, t("past.to"), h("input", { type: "date", name: "to" })),
    h("label", { class: "inline" }, t("past.region"), select("region", townOptions)),
    h("label", { class: "inline" }, t("past.drills"), select("drill", kindOptions)),
  );
}

function select(name, options) {
  return h(
    "select",
    { name },
    [["", t("past.all")], ...options].map(([value, text]) => h("option", { value }, text)),
  );
}

function row(incident) {
  const { code, drill, opened_at, disposition, cause } = incident;
  const link = h("a", { class: "code-small", href: incidentAddress(incident) }, code);
  return h(
    "tr",
    { "data-incident": incident.id },
    h("td", {}, link, drill && ` ${DRILL_SIGN} ${t("incident.drill")}`),
    h("td", {}, dateTime(opened_at)),
    h("td", {}, placeName(incident)),
    h("td", {}, term("disposition", disposition)),
    h("td", {}, cause ?? "—"),
  );
}
