/** The map of coverage: boundaries, premises, stations, closures, what is thought of. No tiles, no outside address. */

import { PLACE_STYLES } from "./coverage_places.js";
import { h, replaceChildren } from "./dom.js";
import { t, term } from "./i18n.js";
import { icon, openMap, stationIcon } from "./map.js";
import { TIER_SIGNS } from "./naming.js";
import { PointsLayer } from "./points_layer.js";

/* global L */
const NAMES_FROM_ZOOM = 15;
const OUTLINES = {
  district: { color: "#a9bccd", weight: 2 },
  town: { color: "#7f93a6", weight: 1.4 },
  village: { color: "#4a6076", weight: 0.8 },
};

export class CoverageMap {
  #map;
  #outlines = L.layerGroup();
  #places = new PointsLayer(PLACE_STYLES);
  #stations = L.layerGroup();
  #signs = L.layerGroup();
  #whole = null;

  /** `picked(latlng)` hears of a click on the map, `chosen(station)` of one on a station. */
  constructor(element, legend, { picked, chosen }) {
    const layers = [this.#outlines, this.#places, this.#stations, this.#signs];
    this.#map = openMap(element, layers, NAMES_FROM_ZOOM);
    this.#map.on("click", (event) => picked(event.latlng));
    this.chosen = chosen;
    showLegend(legend, () => this.showAll());
  }

  /** Draw boundaries and where roads are closed now. */
  setGround({ boundaries, lon, lat }) {
    this.#outlines.clearLayers();
    L.geoJSON(
      { type: "FeatureCollection", features: boundaries },
      {
        interactive: false,
        style: ({ properties }) => ({ ...OUTLINES[properties.level], fill: false }),
      },
    ).addTo(this.#outlines);
    if (!lon.length || this.#whole) return;
    this.#whole = L.latLngBounds(lon.map((east, i) => [lat[i], east]));
    this.showAll();
  }

  /** Draw premises by kind, as `PointsLayer.show` takes them. */
  setPlaces(kinds) {
    this.#places.show(kinds);
  }

  /** Draw stations; `marked` is the id of the one that is chosen. */
  setStations(stations, marked) {
    this.#stations.clearLayers();
    for (const station of stations) {
      const marker = L.marker([station.lat, station.lon], {
        icon: stationIcon(station),
        keyboard: false,
        zIndexOffset: -1000,
      });
      marker.bindTooltip(h("span", {}, station.name), { direction: "top", offset: [0, -8] });
      marker.on("click", () => this.chosen(station));
      marker.addTo(this.#stations);
      if (station.id === marked) marker.getElement().classList.add("sign-chosen");
    }
    if (!this.#whole && stations.length) {
      this.#map.fitBounds(L.latLngBounds(stations.map((one) => [one.lat, one.lon])), { padding: [24, 24] });
    }
  }

  /** Draw signs: `[{lon, lat, kind, text, name}]`; a kind is closure, new or site. */
  setSigns(signs) {
    this.#signs.clearLayers();
    for (const { lon, lat, kind, text, name } of signs) {
      const sign = L.marker([lat, lon], {
        icon: icon(`sign sign-${kind}`, h("span", { class: "marker-sign" }, text)),
        interactive: Boolean(name),
        keyboard: false,
      }).addTo(this.#signs);
      if (name) sign.bindTooltip(h("span", {}, name), { direction: "top", offset: [0, -12] });
    }
  }

  /** Say something at a place of the map. */
  say([lat, lon], children) {
    L.popup({ closeButton: false }).setLatLng([lat, lon]).setContent(h("div", {}, children)).openOn(this.#map);
  }

  /** Whether there is something to say at a place. */
  hits(latlng) {
    return this.#places.hits(latlng);
  }

  get centre() {
    return this.#map.getCenter();
  }

  /** Show a GeoJSON geometry. */
  showGeometry(geometry) {
    const bounds = L.geoJSON(geometry).getBounds();
    if (bounds.isValid()) this.#map.fitBounds(bounds, { padding: [24, 24], maxZoom: 14.5 });
  }

  /** Show everything. */
  showAll() {
    if (this.#whole) this.#map.fitBounds(this.#whole, { padding: [24, 24], maxZoom: 15 });
  }
}

function showLegend(legend, showAll) {
  const key = (className, sign, text) =>
    h("li", {}, h("span", { class: className, "aria-hidden": "true" }, sign), text);
  replaceChildren(
    legend,
    key("key-late", "▲", t("coverage.late")),
    key("key-reached", "▪", t("coverage.reached")),
    key("gained", "✚", t("coverage.gained")),
    key("lost", "▼", t("coverage.lost")),
    key("sign-closure", "⊘", t("coverage.closed_road")),
    Object.entries(TIER_SIGNS).map(([tier, sign]) => key(`tier tier-${tier}`, sign, term("tier", tier))),
    h("li", {}, h("button", { type: "button", onclick: showAll }, t("map.whole"))),
  );
}
