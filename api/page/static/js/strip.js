/** A line of all open incidents with their running clocks, shown when there is more than one card to watch. */

import { clock } from "./clock.js";
import { h, replaceChildren } from "./dom.js";
import { duration } from "./format.js";
import { elapsed } from "./goals.js";
import { t } from "./i18n.js";
import { DRILL_SIGN, placeName } from "./naming.js";

export class Strip {
  #element;
  #choose;
  #clocks = [];

  /** `choose(id)` is called when an incident is picked. */
  constructor(element, choose) {
    this.#element = element;
    this.#choose = choose;
  }

  show(incidents) {
    this.#element.hidden = incidents.length < 2;
    this.#clocks = incidents.map((incident) => ({ incident, text: h("span", { class: "strip-clock" }) }));
    replaceChildren(
      this.#element,
      this.#clocks.map(({ incident, text }) =>
        h(
          "button",
          { type: "button", class: `strip-${incident.grade}`, onclick: () => this.#choose(incident.id) },
          h(
            "strong",
            {},
            incident.drill ? `${DRILL_SIGN} ${t("incident.drill")} ${incident.code}` : incident.code,
          ),
          h("span", {}, placeName(incident)),
          text,
        ),
      ),
    );
    this.tick();
  }

  tick() {
    for (const { incident, text } of this.#clocks)
      text.textContent = duration(elapsed(incident, clock.now()));
  }
}
