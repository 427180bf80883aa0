/** The open incidents that are shown in full: one or two by themselves, of more those that somebody picks. */

import { get } from "./api.js";
import { incidentCard } from "./card.js";
import { h, replaceChildren } from "./dom.js";
import { t } from "./i18n.js";

const FEW = 2; // so many are shown in full without being picked

export class OpenCards {
  #element;
  #linksOf;
  #cards = new Map();
  #chosen = new Set();
  #open = [];
  #last = Promise.resolve();

  /** `linksOf(incident)` gives what else stands among a card's buttons. */
  constructor(element, linksOf) {
    this.#element = element;
    this.#linksOf = linksOf;
  }

  /** The ids of the incidents in full. */
  get chosen() {
    return this.#chosen;
  }

  /** Tell which incidents are open, in order; what has closed leaves, the first few open by themselves. */
  async show(ids) {
    this.#open = ids;
    const few = ids.length <= FEW ? ids : [];
    this.#chosen = new Set([...ids.filter((id) => this.#chosen.has(id)), ...few]);
    for (const id of this.#cards.keys()) if (!this.#chosen.has(id)) this.#cards.delete(id);
    this.#draw();
    await this.#readWhere((id) => !this.#cards.has(id));
  }

  /** Open a card, or close it where that leaves something to look at. */
  async toggle(id) {
    if (this.#chosen.has(id) && this.#open.length > FEW) {
      this.#chosen.delete(id);
      this.#cards.delete(id);
      this.#draw();
    } else {
      this.#chosen.add(id);
      await this.refresh([id]);
    }
  }

  /** Read these again as far as they are shown; `null` for all. Rejects when the API does not answer. */
  refresh(ids) {
    return this.#readWhere((id) => ids === null || ids.includes(id));
  }

  /** One reading after the other; which cards it is about is asked when it begins. */
  #readWhere(isWanted) {
    const read = () => Promise.all([...this.#chosen].filter(isWanted).map((id) => this.#read(id)));
    this.#last = this.#last.then(read, read);
    return this.#last;
  }

  tick() {
    for (const { card } of this.#cards.values()) card.tick();
  }

  /** Scroll to a card and give it the keyboard. */
  goTo(id) {
    const element = this.#cards.get(id)?.card.element;
    element?.scrollIntoView({ block: "start" });
    element?.querySelector("a, button")?.focus({ preventScroll: true });
  }

  async #read(id) {
    const incident = await get(`/incidents/${encodeURIComponent(id)}`);
    const drawnOf = JSON.stringify(incident);
    if (this.#cards.get(id)?.drawnOf === drawnOf || !this.#chosen.has(id)) return;
    this.#cards.set(id, { drawnOf, card: incidentCard(incident, { links: this.#linksOf(incident) }) });
    this.#draw();
  }

  /** The keyboard's place is kept when a card is drawn anew under it. */
  #draw() {
    const focus = document.activeElement;
    const place = this.#element.contains(focus) && {
      card: focus.closest("[data-incident]")?.dataset.incident,
      key: focus.dataset.focus,
    };
    const calm = h("p", { class: "calm" }, h("span", { "aria-hidden": "true" }, "✓"), t("open.none"));
    const cards = this.#open.filter((id) => this.#cards.has(id)).map((id) => this.#cards.get(id).card.element);
    replaceChildren(this.#element, this.#open.length ? cards : calm);
    if (!place) return;
    const again = place.key && `[data-focus="${CSS.escape(place.key)}"]`;
    (again && this.#cards.get(place.card)?.card.element.querySelector(again))?.focus();
  }
}
