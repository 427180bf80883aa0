/** What may be shown on the district map beside stations and incidents, each switched by its legend. */

import { get, getAll } from "./api.js";
import { clock } from "./clock.js";
import { DEVICE_SIGNS, DevicePoints } from "./device_points.js";
import { h, replaceChildren } from "./dom.js";
import { dateTime } from "./format.js";
import { t, term } from "./i18n.js";
import { icon } from "./map.js";
import { TIER_SIGNS, TIER_SIGNS_OUT } from "./naming.js";
import { PointsLayer, triangle } from "./points_layer.js";

/* global L */
const REMEMBERED = "fire135.layers";
const AT_FIRST = { devices: true, closures: true, dark: true, coverage: false };
const COVERAGE_PATIENCE_MS = 60_000; // a large district takes its time
const COVERAGE_AGAIN_MS = 300_000;
const LATE = { late: { colour: "#cdabff", draw: (pen, x, y, r) => triangle(pen, x, y, r, 1) } };

export class MapLayers {
  #map;
  #devices = new DevicePoints();
  #closures = L.layerGroup();
  #dark = L.layerGroup();
  #coverage = new PointsLayer(LATE);
  #coverageAt = Number.NEGATIVE_INFINITY;
  #note = h("span", { class: "quiet", role: "status" });
  #shown = { ...AT_FIRST, ...JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}") };

  /** `map` as in map.js; `legend` takes the signs and the switches. */
  constructor(map, legend) {
    this.#map = map;
    this.#legend(legend);
    for (const name of Object.keys(AT_FIRST)) this.#apply(name);
  }

  /** Read again what is shown; where the API does not answer it stays as it is. */
  async reload() {
    await Promise.allSettled([
      this.#shown.devices && this.#devices.reload(),
      this.#shown.closures && this.#readClosures(),
      this.#shown.dark && this.#readDark(),
      this.#shown.coverage && this.#readCoverage(),
    ]);
  }

  /** A device's state has changed. */
  change(device) {
    this.#devices.change(device);
  }

  get #layers() {
    return {
      devices: this.#devices.layer,
      closures: this.#closures,
      dark: this.#dark,
      coverage: this.#coverage,
    };
  }

  #apply(name) {
    this.#map.toggle(this.#layers[name], this.#shown[name]);
  }

  #switch(name, isOn) {
    this.#shown[name] = isOn;
    localStorage.setItem(REMEMBERED, JSON.stringify(this.#shown));
    this.#apply(name);
    this.reload();
  }

  async #readClosures() {
    const closures = await getAll("/roads/closures");
    this.#closures.clearLayers();
    for (const { lat, lon, reason, until } of closures) {
      const end = until && t("map.until", { time: dateTime(until) });
      this.#sign(this.#closures, [lat, lon], "closure", "⊘", [t("map.closed"), reason, end]);
    }
  }

  async #readDark() {
    const troubles = await getAll("/troubles", { kind: "village_dark" });
    this.#dark.clearLayers();
    for (const { village, began_at } of troubles) {
      const place = village && this.#map.placeOf(village.code);
      const words = [village?.name, term("trouble", "village_dark"), dateTime(began_at)];
      if (place) this.#sign(this.#dark, place, "dark", "◐", words);
    }
  }

  async #readCoverage() {
    if (clock.now() - this.#coverageAt < COVERAGE_AGAIN_MS) return;
    this.#coverageAt = clock.now();
    this.#note.textContent = t("map.coverage_reading");
    try {
      const { features } = await get("/reports/coverage", {}, COVERAGE_PATIENCE_MS);
      const late = features.map(({ geometry: { coordinates } }) => [coordinates[1], coordinates[0]]);
      this.#coverage.show({ late });
      this.#note.textContent = t("map.coverage_found", { n: late.length });
    } catch (problem) {
      this.#coverageAt = Number.NEGATIVE_INFINITY;
      this.#note.textContent = problem.message;
    }
  }

  #sign(group, place, kind, text, words) {
    const name = words.filter(Boolean).join(" · ");
    L.marker(place, {
      icon: icon(`map-sign map-sign-${kind}`, h("span", { class: "marker-sign" }, text)),
      alt: name,
      keyboard: false,
    })
      .bindTooltip(h("span", {}, name), { direction: "top", offset: [0, -10] })
      .addTo(group);
  }

  #legend(legend) {
    const key = (className, sign, text) =>
      h("li", {}, h("span", { class: className, "aria-hidden": "true" }, sign), text);
    replaceChildren(
      legend,
      key("legend-alarm", "▲", t("map.incident")),
      Object.entries(TIER_SIGNS).map(([tier, sign]) => key(`tier tier-${tier}`, sign, term("tier", tier))),
      key("tier-village", TIER_SIGNS_OUT.village, t("map.out_of_service")),
      key("legend-nobody", "!", t("map.nobody_on_duty")),
      this.#box(
        "devices",
        Object.entries(DEVICE_SIGNS).map(([kind, sign]) =>
          h("span", { class: `device-${kind}` }, h("span", { "aria-hidden": "true" }, sign), term("state", kind)),
        ),
      ),
      this.#box("closures", h("span", { class: "map-sign-closure", "aria-hidden": "true" }, "⊘")),
      this.#box("dark", h("span", { class: "map-sign-dark", "aria-hidden": "true" }, "◐")),
      this.#box("coverage", h("span", { class: "legend-late", "aria-hidden": "true" }, "▼")),
      h("li", {}, this.#note),
      h("li", {}, h("button", { type: "button", onclick: () => this.#map.showAll() }, t("map.whole"))),
    );
  }

  #box(name, signs) {
    const onchange = (event) => this.#switch(name, event.target.checked);
    const box = h("input", { type: "checkbox", checked: this.#shown[name], onchange });
    return h("li", { class: "legend-layer" }, h("label", {}, box, t(`map.layer_${name}`)), signs);
  }
}
