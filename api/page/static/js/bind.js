/** Bind an unknown device to the building, floor and room where it hangs. */

import { post } from "./api.js";
import { openDevice } from "./device.js";
import { ask, choice, line } from "./dialog.js";
import { h, replaceChildren } from "./dom.js";
import { t, term } from "./i18n.js";
import { addressOf, allPlaces, matching } from "./places.js";

const KINDS = ["smoke", "heat", "call_point", "escape_window", "gateway", "station_terminal"];
const OFFERED = 8;

/** Ask where a device hangs and what it is; then show it, ready for its witnessed test. */
export function askBind(device) {
  const kinds = KINDS.map((kind) => [kind, term("device", kind)]);
  let bound = null;
  ask({
    title: `${t("unknown.bind")} · ${device.external_id || device.id}`,
    fields: [
      h("div", { class: "kinds" }, choice("kind", t("bind.kind"), kinds, device.kind)),
      placeSearch(),
      h(
        "div",
        { class: "side-by-side" },
        line("floor", t("bind.floor"), { maxlength: 20 }),
        line("room", t("bind.room"), { maxlength: 50 }),
      ),
      line("new_id", t("bind.new_id"), { placeholder: device.id, maxlength: 100 }),
    ],
    submit: t("unknown.bind"),
    send: async (values, key) => {
      const given = Object.entries(values).filter(([name, value]) => name !== "wanted" && value !== "");
      bound = await post(`/devices/${encodeURIComponent(device.id)}/bind`, Object.fromEntries(given), key);
    },
    done: () => {
      document.dispatchEvent(new CustomEvent("devices-changed"));
      return openDevice(bound.id);
    },
  });
}

/** A search line and the places that match it, one to be chosen; a terminal stands in a station. */
function placeSearch() {
  const found = h("div", { class: "found", "aria-live": "polite" });
  const search = h("input", {
    type: "search",
    name: "wanted",
    autocomplete: "off",
    placeholder: t("bind.search_example"),
    oninput: offer,
    onfocus: offer, // the kind may have changed since
    onkeydown: (event) => event.key === "Enter" && event.preventDefault(), // looking is not sending
  });
  queueMicrotask(offer); // once the form is there
  return [h("label", { class: "line" }, t("bind.search"), search), found];

  async function offer() {
    const isTerminal = search.form.elements.kind.value === "station_terminal";
    try {
      const places = await allPlaces(isTerminal ? "stations" : "premises");
      const offered = matching(places, search.value, OFFERED + 1);
      const chosen = found.querySelector(":checked")?.value;
      const options = offered.slice(0, OFFERED).map((place) => [place.id, addressOf(place)]);
      replaceChildren(
        found,
        choice("premises_id", t("bind.premises"), options, options.length === 1 ? options[0][0] : chosen),
        !offered.length && h("p", { class: "quiet" }, t("bind.none")),
        offered.length > OFFERED && h("p", { class: "quiet" }, t("bind.more")),
      );
    } catch (problem) {
      replaceChildren(found, h("p", { class: "fault" }, problem.message));
    }
  }
}
