/** What needs a human now, at the very top of the board: why, where, since when, what to do. */

import { age } from "./ages.js";
import { get } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { h, redraw } from "./dom.js";
import { t, term } from "./i18n.js";
import { DRILL_SIGN, placeInArea } from "./naming.js";

const FEW = matchMedia("(max-width: 760px)").matches ? 2 : 4; // beyond that somebody asks for all
const MOST = 100;
const SOON_MS = 1500; // after a change: others of the same moment are asked about together
const SIGNS = {
  service_fails: "✖",
  nobody_left: "⊗",
  nobody_reached: "☏",
  no_answer: "!",
  handover_open: "119",
  place_unknown: "?",
  messages_late: "✉",
  village_dark: "◐",
};

export class Attention {
  #section;
  #list;
  #count;
  #choose;
  #needs = { items: [], total: 0 };
  #drawn = "";
  #isWhole = false;
  #soon = 0;

  /** `choose(incidentId)` opens an incident on the board; false where it is not there. */
  constructor(section, list, count, choose) {
    this.#section = section;
    this.#list = list;
    this.#count = count;
    this.#choose = choose;
  }

  /** Read again. Rejects when the API does not answer. */
  async reload() {
    clearTimeout(this.#soon);
    this.#soon = 0;
    this.#needs = await get("/attention", { limit: MOST });
    this.#draw();
  }

  /** Read again in a moment; a failure is left to the next round. */
  reloadSoon() {
    this.#soon ||= setTimeout(() => this.reload().catch(() => {}), SOON_MS);
  }

  #draw() {
    const { items, total, kinds } = this.#needs;
    const now = JSON.stringify([this.#needs, this.#isWhole]);
    if (now === this.#drawn) return;
    this.#drawn = now;
    const shown = this.#isWhole ? items : someOfEach(items);
    this.#section.classList.toggle("attention-calm", !total);
    this.#count.textContent = total || "";
    const rest = total - shown.length;
    redraw(
      this.#list,
      Object.keys(kinds).length > 1 && h("li", { class: "attention-kinds" }, kindsText(kinds)),
      shown.map((need) => this.#row(need)),
      !total && h("li", { class: "attention-none" }, h("span", { "aria-hidden": "true" }, "✓ "), t("attention.none")),
      (rest > 0 || this.#isWhole) && total > FEW && h("li", {}, this.#foldButton(total - FEW)),
    );
  }

  #foldButton(n) {
    const fold = () => {
      this.#isWhole = !this.#isWhole;
      this.#draw();
    };
    const text = this.#isWhole ? t("attention.fewer") : t("attention.more", { n });
    return h("button", { type: "button", class: "attention-more", "data-focus": "more", onclick: fold }, text);
  }

  #row(need) {
    const { kind, since, drill, incident_id, code, place, area, link } = need;
    const open = (event) => {
      if (incident_id && this.#choose(incident_id)) event.preventDefault();
    };
    const where = [drill && `${DRILL_SIGN} ${t("incident.drill")}`, code, place && placeInArea(place, area)].filter(Boolean).join(" ");
    return h(
      "li",
      {},
      h(
        "a",
        { class: `need need-${kind}`, href: link, onclick: open, "data-focus": `${kind}-${incident_id ?? place}` },
        h("span", { class: "need-sign", "aria-hidden": "true" }, SIGNS[kind] ?? "!"),
        h("span", { class: "need-what" }, h("strong", {}, term("need", kind)), where && h("span", {}, where)),
        h("span", { class: "need-do" }, need[`text_${bootstrap.language}`]),
        since && h("span", { class: "need-since" }, age(since)),
      ),
    );
  }
}

/** The oldest of every kind before a second of any; the most urgent kinds first. */
function someOfEach(items) {
  const seen = new Set();
  const isFirst = ({ kind }) => !seen.has(kind) && seen.add(kind);
  const firsts = items.filter(isFirst);
  const rest = items.filter((need) => !firsts.includes(need));
  const chosen = [...firsts, ...rest].slice(0, FEW);
  return items.filter((need) => chosen.includes(need));
}

/** How many there are of each kind, in the order of urgency. */
function kindsText(kinds) {
  const present = Object.keys(SIGNS).filter((kind) => kinds[kind]);
  return present.map((kind) => `${SIGNS[kind]} ${term("need", kind)} ${kinds[kind]}`).join(" · ");
}
