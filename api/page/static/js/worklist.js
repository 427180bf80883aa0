/** The worklist: what is wrong with devices, by village, with its age and who sees to it. */

import { age } from "./ages.js";
import { getAll } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { openDevice } from "./device.js";
import { h, redraw } from "./dom.js";
import { dateTime } from "./format.js";
import { t, term } from "./i18n.js";
import { phone } from "./phone.js";
import { addressOf, spotOf } from "./places.js";
import { askTake } from "./take.js";
import { byVillage } from "./troubles.js";

const FEW = 12; // so many troubles in all are shown without a click
const COUNTED = ["gateway_down", "village_dark"];
const { takes_troubles } = bootstrap.user;

export class Worklist {
  #list;
  #count;
  #drawn = "";
  #chosen = new Map(); // what somebody has opened or closed stays so

  constructor(list, count) {
    this.#list = list;
    this.#count = count;
  }

  /** Read the open troubles again. Rejects when the API does not answer. */
  async reload() {
    const troubles = await getAll("/troubles", { open: true, limit: 500 });
    const now = JSON.stringify(troubles.map(({ age_s, ...lasting }) => lasting));
    if (now === this.#drawn) return;
    this.#drawn = now;
    this.#count.textContent = troubles.length || "";
    const villages = byVillage(troubles);
    const calm = h("p", { class: "calm" }, h("span", { "aria-hidden": "true" }, "✓"), t("trouble.none"));
    redraw(
      this.#list,
      villages.map((village, place) => this.#village(village, place === 0 || troubles.length <= FEW)),
      !villages.length && calm,
    );
  }

  #village({ code, name, troubles }, isOpen) {
    const kinds = [...new Set(troubles.map(({ kind }) => kind))];
    const summary = h(
      "summary",
      { "data-focus": `village-${code}` },
      h("strong", {}, name ?? t("trouble.no_village")),
      h("span", {}, String(troubles.length)),
      h("span", { class: "quiet" }, kinds.map((kind) => term("trouble", kind)).join(" · ")),
    );
    const rows = h(
      "ul",
      {},
      troubles.map((trouble) => this.#row(trouble)),
    );
    return this.#fold(`village-${code}`, isOpen, "village panel", summary, rows);
  }

  /** A fold that remembers, over every redrawing, whether somebody opened or closed it. */
  #fold(key, isOpen, kind, summary, body) {
    const open = this.#chosen.get(key) ?? isOpen;
    const fold = h("details", { class: kind, open }, summary, body);
    summary.addEventListener("click", () => this.#chosen.set(key, !fold.open)); // about to turn
    return fold;
  }

  #row(trouble) {
    const { id, kind, device, premises, began_at, taken_by } = trouble;
    return h(
      "li",
      { class: `trouble trouble-${kind}`, "data-trouble": id },
      h("span", { class: "trouble-kind" }, term("trouble", kind)),
      h(
        "div",
        { class: "trouble-what" },
        h("strong", {}, premises ? addressOf(premises) : placeless(trouble)),
        device && h("p", {}, spotOf(device), " ", deviceButton(device.id, id)),
        h("p", { class: "quiet" }, t("trouble.for"), " ", age(began_at), ` · ${dateTime(began_at)}`),
        h("p", {}, careOf(trouble)),
        COUNTED.includes(kind) && trouble.parts > 0 && this.#parts(trouble),
      ),
      takes_troubles &&
        h(
          "button",
          { type: "button", "data-focus": `take-${id}`, onclick: () => askTake(trouble) },
          t(taken_by ? "trouble.retake" : "trouble.take"),
        ),
    );
  }

  #parts({ id, parts, children }) {
    const summary = h("summary", { "data-focus": `parts-${id}` }, t("trouble.parts", { n: parts }));
    const named = h(
      "ul",
      {},
      children.map((child) => h("li", {}, deviceButton(child, id))),
      parts > children.length && h("li", {}, t("trouble.unnamed", { n: parts - children.length })),
    );
    return this.#fold(`parts-${id}`, false, "parts", summary, named);
  }
}

function placeless({ device, village }) {
  return device ? device.id : (village?.name ?? "—");
}

function deviceButton(id, troubleId) {
  const key = `device-${troubleId}-${id}`;
  return h("button", { type: "button", class: "link", "data-focus": key, onclick: () => openDevice(id) }, id);
}

/** Who sees to it: whoever took it, else whoever looks after the building; a number is dialled by a tap. */
function careOf({ id, responsible, taken_by, note }) {
  const dialled = responsible && phone(responsible.phone, `/troubles/${id}/phone`, responsible.name);
  return [
    responsible ? [t("trouble.responsible", { name: responsible.name }), " ", dialled] : t("trouble.nobody"),
    taken_by && h("span", { class: "taken" }, ` · ✓ ${t("trouble.taken", { name: taken_by })}`),
    note && ` · ${note}`,
  ];
}
