/** The open incidents one line each, the newest on top: what a storm of thirty looks like at arm's length. */

import { bootstrap } from "./bootstrap.js";
import { h, replaceChildren } from "./dom.js";
import { duration, secondsBetween } from "./format.js";
import { t, term } from "./i18n.js";
import { DRILL_SIGN, GRADE_SIGNS, placeInArea, placeName, TIER_SIGNS } from "./naming.js";
import { progressOf } from "./progress.js";
import { SmallRing } from "./ring.js";

const STEP_SIGNS = {
  on_scene: "✓",
  enroute: "»",
  acknowledged: "✓",
  delivered: "…",
  notified: "→",
  declined: "✕",
  none: "○",
};
const ONE_NEEDS_NONE = 2; // one incident is its card

export class OpenRows {
  #element;
  #choose;
  #rows = new Map();

  /** `choose(id)` is called when an incident is picked. */
  constructor(element, choose) {
    this.#element = element;
    this.#choose = choose;
  }

  /** Draw these; `chosen` are the ids whose cards are open, `total` counts also those beyond the list. */
  show(incidents, chosen, total) {
    this.#element.hidden = incidents.length < ONE_NEEDS_NONE;
    const old = this.#rows;
    this.#rows = new Map();
    for (const incident of this.#element.hidden ? [] : incidents) {
      const drawnOf = JSON.stringify([incident, chosen.has(incident.id)]);
      const known = old.get(incident.id);
      this.#rows.set(
        incident.id,
        known?.drawnOf === drawnOf
          ? known
          : { drawnOf, ...this.#row(incident, chosen.has(incident.id), known?.element) },
      );
    }
    const items = [...this.#rows.values()].map(({ element }) => element);
    const present = [...this.#element.children];
    const more = total > incidents.length && h("li", { class: "quiet" }, t("open.more", { n: total - incidents.length }));
    if (!more && items.length === present.length && items.every((item, i) => item === present[i])) return;
    const focused = this.#element.contains(document.activeElement) && document.activeElement;
    replaceChildren(this.#element, items, more);
    if (focused?.isConnected) focused.focus({ preventScroll: true });
  }

  tick() {
    for (const { ring } of this.#rows.values()) ring.tick();
  }

  #row(incident, isChosen, element = h("li")) {
    const ring = new SmallRing(incident, bootstrap.plan);
    const hadFocus = element.contains(document.activeElement);
    const { id, grade, drill, code } = incident;
    const button = h(
      "button",
      {
        type: "button",
        class: `row row-${grade} ${drill ? "row-drill" : ""}`,
        "data-row": id,
        "aria-expanded": String(isChosen),
        onclick: () => this.#choose(id),
      },
      ring.element,
      h("strong", { class: "row-code" }, code),
      h(
        "span",
        { class: "row-place" },
        h("span", { class: "row-name" }, placeInArea(placeName(incident), incident.area)),
        h("span", { class: `row-grade row-grade-${grade}` }, kindText(incident)),
      ),
      h("span", { class: "row-tiers" }, progressOf(incident).map((part) => tierPart(part, incident))),
      h("span", { class: "row-fold", "aria-hidden": "true" }, isChosen ? "▾" : "▸"),
    );
    replaceChildren(element, button);
    if (hadFocus) button.focus({ preventScroll: true });
    return { element, ring };
  }
}

function kindText({ grade, drill }) {
  const text = `${GRADE_SIGNS[grade]} ${term("grade", grade)}`;
  return drill ? `${DRILL_SIGN} ${t("incident.drill")} · ${text}` : text;
}

/** One tier's furthest step: who by shape, how far by sign and word, when by seconds since the alarm. */
function tierPart({ tier, step, at, stations }, { opened_at }) {
  const word = step === "declined" ? t("status.declined") : term("milestone", step);
  return h(
    "span",
    { class: `tier-part tier-part-${step}` },
    h("span", { class: `tier tier-${tier}`, "aria-hidden": "true" }, TIER_SIGNS[tier]),
    h("span", { class: "unseen" }, term("tier", tier), " "),
    h("span", { class: "tier-step" }, `${STEP_SIGNS[step]} ${word}`),
    at && h("span", { class: "tier-at" }, duration(secondsBetween(opened_at, at))),
    stations > 1 && h("span", { class: "quiet" }, `×${stations}`),
  );
}
