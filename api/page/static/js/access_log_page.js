/** The access log: who was shown whose personal data, who signed in, and who gave or took whose rights. */

import { get } from "./api.js";
import { h, replaceChildren } from "./dom.js";
import { dateTime } from "./format.js";
import { t, term } from "./i18n.js";
import { table } from "./table.js";
import { runWallClock } from "./wall_clock.js";

const element = (id) => document.getElementById(id);
const form = element("filter");

/** One list with its own "more" button: `heads` of the table, `row` of an item, where to ask. */
class Log {
  #next = null;
  #rows = h("tbody", {});
  #query = {};

  constructor(name, path, heads, row) {
    Object.assign(this, { name, path, heads, row });
    element(`${name}-more`).addEventListener("click", () => this.#read());
  }

  async reload(query) {
    this.#query = query;
    this.#next = null;
    replaceChildren(this.#rows);
    replaceChildren(
      element(this.name),
      table(
        this.heads.map((head) => t(`log.${head}`)),
        this.#rows,
      ),
    );
    await this.#read();
  }

  async #read() {
    const page = await get(this.path, { ...this.#query, limit: 50, cursor: this.#next });
    this.#rows.append(...page.items.map(this.row));
    this.#next = page.next;
    element(`${this.name}-more`).hidden = !page.next;
    element(`${this.name}-none`).hidden = this.#rows.childElementCount > 0;
    element(this.name).hidden = this.#rows.childElementCount === 0;
  }
}

function viewRow(view) {
  const more = view.count > view.subjects.length ? ` … (${view.count})` : "";
  const who = `${term("user_role", view.role)} · ${term("source", view.source)}`;
  const whose = view.kind === "access_log" ? "" : view.subjects.slice(0, 5).join(", ");
  const rest = view.subjects.length > 5 || more ? ` ${t("log.of", { n: view.count })}` : "";
  return h(
    "tr",
    { "data-view": view.kind },
    h("td", { class: "when" }, dateTime(view.at)),
    h("th", { scope: "row" }, view.name, h("p", { class: "quiet" }, who)),
    h("td", {}, term("log_kind", view.kind), h("p", { class: "quiet" }, `${whose}${rest}`)),
    h(
      "td",
      {},
      view.incident_id
        ? h("a", { href: `/incidents/${encodeURIComponent(view.incident_id)}` }, t("log.for_incident"))
        : "—",
      h("p", { class: "quiet request" }, view.request),
    ),
  );
}

function eventRow(event) {
  const given = event.detail && [event.detail.role && term("user_role", event.detail.role), event.detail.region_code];
  const isFault = event.event === "wrong" || event.event === "closed";
  return h(
    "tr",
    { "data-event": event.event },
    h("td", { class: "when" }, dateTime(event.at)),
    h("th", { scope: "row" }, event.name, h("p", { class: "quiet" }, term("log_of", event.kind))),
    h(
      "td",
      { class: isFault ? "fault" : null },
      `${isFault ? "✕ " : ""}${term("log_event", event.event)}`,
      given && h("p", { class: "quiet" }, given.filter(Boolean).join(" · ")),
    ),
    h("td", {}, event.by ?? "—", event.address && h("p", { class: "quiet" }, event.address)),
  );
}

const views = new Log("views", "/access-log", ["at", "who", "whose", "why"], viewRow);
const events = new Log("events", "/account-events", ["at", "account", "event", "by"], eventRow);

async function reload() {
  const { name, kind, from, to } = Object.fromEntries(new FormData(form));
  element("log-fault").textContent = "";
  try {
    await Promise.all([views.reload({ name, kind, from, to }), events.reload({ name, from, to })]);
  } catch (problem) {
    element("log-fault").textContent = problem.message;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  reload();
});
runWallClock();
await reload();
