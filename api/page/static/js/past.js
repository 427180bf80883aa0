/** Closed incidents, newest first, with a filter; each opens its own page. */

import { get } from "./api.js";
import { h, replaceChildren } from "./dom.js";
import { dateTime } from "./format.js";
import { t, term } from "./i18n.js";

const PAGE = 20;
const DAY_MS = 86_400_000;
const COLUMNS = ["code", "received", "place", "outcome", "cause"];

export class PastIncidents {
  #body = h("tbody");
  #more = h("button", { type: "button", hidden: true, onclick: () => this.#load(this.#cursor) }, t("past.more"));
  #note = h("p", { class: "quiet", role: "status" });
  #form;
  #cursor = null;

  constructor(parent, regions) {
    this.#form = filterForm(regions, () => this.reload());
    replaceChildren(
      parent,
      this.#form,
      h(
        "div",
        { class: "scroll" },
        h("table", {}, h("thead", {}, h("tr", {}, COLUMNS.map((name) => h("th", { scope: "col" }, t(`past.${name}`))))), this.#body),
      ),
      this.#note,
      this.#more,
    );
  }

  reload() {
    return this.#load(null);
  }

  async #load(cursor) {
    const filter = Object.fromEntries(new FormData(this.#form));
    if (filter.to) filter.to = dayAfter(filter.to); // the API's end is exclusive, people's is not
    try {
      const page = await get("/incidents", { status: "closed", limit: PAGE, cursor, ...filter });
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

function dayAfter(day) {
  return new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);
}

function filterForm(regions, onchange) {
  const towns = regions.filter((region) => region.level === "town");
  const option = (value, text) => h("option", { value }, text);
  return h(
    "form",
    { class: "filter", onchange, onsubmit: (event) => event.preventDefault() },
    h("label", { class: "inline" }, t("past.from"), h("input", { type: "date", name: "from" })),
    h("label", { class: "inline" }, t("past.to"), h("input", { type: "date", name: "to" })),
    h("label", { class: "inline" }, t("past.region"), h("select", { name: "region" }, option("", t("past.all")), towns.map((town) => option(town.code, town.name)))),
    h("label", { class: "inline" }, t("past.drills"), h("select", { name: "drill" }, option("", t("past.all")), option("false", t("past.real")), option("true", t("incident.drill")))),
  );
}

function row(incident) {
  const { code, drill, opened_at, premises, disposition, cause } = incident;
  return h(
    "tr",
    { "data-incident": incident.id },
    h("td", {}, h("a", { class: "code-small", href: `/incidents/${encodeURIComponent(incident.id)}` }, code), drill && ` ◇ ${t("incident.drill")}`),
    h("td", {}, dateTime(opened_at)),
    h("td", {}, premises.name || premises.address),
    h("td", {}, term("disposition", disposition)),
    h("td", {}, cause ?? "—"),
  );
}
