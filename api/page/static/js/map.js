/** The district drawn from our own data: no tiles, no outside address. Leaflet gives panning and zooming. */

import { clock } from "./clock.js";
import { h, replaceChildren } from "./dom.js";
import { t, term } from "./i18n.js";
import { connect, isInService, placesOf } from "./map_places.js";
import { GRADE_SIGNS, placeName, TIER_SIGNS, TIER_SIGNS_OUT } from "./naming.js";

/* global L */
const NAMES_FROM_ZOOM = 15.5;
const WHOLE = { padding: [24, 24], maxZoom: 15.25 }; // a village sees one station only
const CLOSE = { paddingTopLeft: [64, 72], paddingBottomRight: [64, 48], maxZoom: 15.25 };
const ABOVE_ALL = 5000; // z-index offset of incidents; Leaflet's own go by latitude

export class DistrictMap {
  #map;
  #ground = L.layerGroup();
  #routes = L.layerGroup();
  #alarms = L.layerGroup();
  #stations = new Map();
  #whole = null;

  constructor(element, legend) {
    const layers = [this.#ground, this.#routes, this.#alarms];
    this.#map = openMap(element, layers, NAMES_FROM_ZOOM);
    showLegend(legend, () => this.showAll());
  }

  /** Draw regions and stations; keeps the view unless this is the first time. */
  setDistrict(regions, stations) {
    const places = placesOf(regions, stations);
    this.#ground.clearLayers();
    this.#stations.clear();
    for (const [from, to, level] of connect(regions, stations, places)) {
      L.polyline([from, to], {
        className: "map-tie",
        color: "#33475a",
        weight: level === "town" ? 1.6 : 0.8,
        interactive: false,
      }).addTo(this.#ground);
    }
    for (const region of regions.filter((one) => one.level === "town" && places.has(one.code))) {
      L.marker(places.get(region.code), {
        icon: labelIcon(region.name),
        interactive: false,
        keyboard: false,
      }).addTo(this.#ground);
    }
    for (const station of stations.filter((one) => one.active && one.lon !== null)) this.#addStation(station);
    const drawn = [...this.#stations.values()].map((marker) => marker.getLatLng());
    if (drawn.length && !this.#whole) {
      this.#whole = L.latLngBounds(drawn);
      this.showAll();
    }
  }

  #addStation(station) {
    const marker = L.marker([station.lat, station.lon], {
      icon: stationIcon(station),
      keyboard: false,
      zIndexOffset: -1000,
    });
    const rest = isInService(station, clock.now()) ? "" : ` · ${t("map.out_of_service")}`;
    marker.bindTooltip(h("span", {}, `${station.name}${rest}`), { direction: "top", offset: [0, -8] });
    this.#stations.set(station.id, marker.addTo(this.#ground));
  }

  /** Draw open incidents, and who is on the way to them. */
  setIncidents(incidents) {
    this.#alarms.clearLayers();
    this.#routes.clearLayers();
    for (const marker of this.#stations.values()) marker.getElement()?.classList.remove("marker-sent");
    for (const incident of incidents.filter((one) => one.premises.lon !== null)) this.#addIncident(incident);
  }

  #addIncident(incident) {
    const at = [incident.premises.lat, incident.premises.lon];
    const name = `${incident.code} ${placeName(incident)}`;
    const marker = L.marker(at, {
      icon: alarmIcon(incident),
      title: name,
      alt: name,
      zIndexOffset: ABOVE_ALL,
    });
    marker.on("click", () =>
      document.dispatchEvent(new CustomEvent("incident-chosen", { detail: incident.id })),
    );
    marker.addTo(this.#alarms);
    for (const assignment of incident.assignments) {
      const station = this.#stations.get(assignment.station_id);
      if (!station) continue;
      station.getElement()?.classList.add("marker-sent");
      const there = assignment.milestones.on_scene_at;
      L.polyline([station.getLatLng(), at], {
        color: there ? "#57d39b" : "#ffc55c",
        weight: 2,
        dashArray: there ? null : "5 7",
        interactive: false,
      }).addTo(this.#routes);
    }
  }

  /** Show the whole district. */
  showAll() {
    if (this.#whole) this.#map.fitBounds(this.#whole, WHOLE);
  }

  /** Show one incident with the village and town stations sent to it; the brigade comes from afar. */
  show(incident) {
    if (incident.premises.lon === null) return;
    const near = incident.assignments.filter((assignment) => assignment.tier !== "district");
    const stations = near.map((assignment) => this.#stations.get(assignment.station_id)?.getLatLng());
    const points = [[incident.premises.lat, incident.premises.lon], ...stations.filter(Boolean)];
    this.#map.fitBounds(L.latLngBounds(points), CLOSE);
  }
}

/** An empty map without tiles in an element; names are shown from a zoom on. */
export function openMap(element, layers, namesFromZoom) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(element, {
    preferCanvas: true,
    zoomSnap: 0.25,
    zoomControl: false,
    zoomAnimation: !calm,
    fadeAnimation: !calm,
  });
  map.setView([0, 0], 3);
  map.attributionControl.setPrefix(false).addAttribution(t("map.attribution"));
  L.control.zoom({ zoomInTitle: t("map.zoom_in"), zoomOutTitle: t("map.zoom_out") }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  for (const layer of layers) layer.addTo(map);
  map.on("zoomend", () => element.classList.toggle("map-close", map.getZoom() >= namesFromZoom));
  new ResizeObserver(() => map.invalidateSize()).observe(element);
  return map;
}

/** A station by its tier's sign, hollow where it is out of service. */
export function stationIcon(station) {
  const [state, signs] = isInService(station, clock.now())
    ? ["", TIER_SIGNS]
    : [" marker-out", TIER_SIGNS_OUT];
  return icon(`marker marker-${station.tier}${state}`, [
    h("span", { class: "marker-sign" }, signs[station.tier]),
    h("span", { class: "marker-name" }, station.name),
  ]);
}

function alarmIcon(incident) {
  return icon(`alarm alarm-${incident.grade} ${incident.drill ? "alarm-drill" : ""}`, [
    h("span", { class: "alarm-pulse" }),
    h("span", { class: "alarm-sign" }, GRADE_SIGNS[incident.grade]),
    h(
      "span",
      { class: "alarm-code" },
      incident.drill ? `${t("incident.drill")} ${incident.code}` : incident.code,
    ),
  ]);
}

function labelIcon(name) {
  return icon("map-label", [h("span", {}, name)]);
}

/** A sign of our own on the map. */
export function icon(className, children) {
  return L.divIcon({ className, iconSize: null, html: h("span", { class: "marker-body" }, children) });
}

function showLegend(legend, showAll) {
  replaceChildren(
    legend,
    Object.entries(TIER_SIGNS).map(([tier, sign]) =>
      h("li", {}, h("span", { class: `tier tier-${tier}`, "aria-hidden": "true" }, sign), term("tier", tier)),
    ),
    h("li", {}, h("span", { "aria-hidden": "true" }, TIER_SIGNS_OUT.village), t("map.out_of_service")),
    h("li", {}, h("span", { class: "legend-alarm", "aria-hidden": "true" }, "▲"), t("map.incident")),
    h("li", {}, h("button", { type: "button", onclick: showAll }, t("map.whole"))),
  );
}
