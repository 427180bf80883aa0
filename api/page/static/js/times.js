/** Response times of the last thirty days by tier, against the plan's limits. */

import { get } from "./api.js";
import { clock } from "./clock.js";
import { h, replaceChildren } from "./dom.js";
import { date, duration, percent } from "./format.js";
import { TIERS } from "./goals.js";
import { t, term } from "./i18n.js";
import { table } from "./table.js";

const DAYS = 30;
const DAY_MS = 86_400_000;
const INTERVALS = ["response", "acknowledgement", "turnout", "travel"];
const COLUMNS = ["tier", "n", "missing", "p50", "p90", "target", "within"];

export class ResponseTimes {
  #table = h("div");
  #interval = "response";
  #asked = 0;

  constructor(parent) {
    const options = INTERVALS.map((name) => h("option", { value: name }, term("interval", name)));
    const choose = (event) => {
      this.#interval = event.target.value;
      this.reload();
    };
    replaceChildren(
      parent,
      h("label", { class: "inline" }, t("times.interval"), h("select", { onchange: choose }, options)),
      this.#table,
      h("p", { class: "quiet" }, t("times.note", { days: DAYS })),
    );
  }

  async reload() {
    const asked = ++this.#asked;
    const from = date(clock.now() - DAYS * DAY_MS);
    const heads = COLUMNS.map((name) => t(`times.${name}`));
    try {
      const { items } = await get("/reports/response-times", {
        from,
        group_by: "tier",
        interval: this.#interval,
      });
      if (asked !== this.#asked) return; // another interval was chosen meanwhile
      replaceChildren(
        this.#table,
        items.length ? table(heads, inOrder(items).map(row)) : h("p", { class: "quiet" }, t("times.none")),
      );
    } catch (problem) {
      replaceChildren(this.#table, h("p", { class: "fault" }, problem.message));
    }
  }
}

/** The nearest tier first. */
function inOrder(items) {
  const place = (item) => TIERS.indexOf(item.tier);
  return [...items].sort((a, b) => place(a) - place(b));
}

function row(item) {
  const seconds = [item.p50_s, item.p90_s, item.target_s].map(duration);
  const values = [item.n, item.missing, ...seconds, percent(item.within_target)];
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, term("tier", item.tier)),
    values.map((value) => h("td", {}, String(value))),
  );
}
