/** The district drawn from our own data: no tiles, no outside address. Leaflet gives panning and zooming. */

import { clock } from "./clock.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { connect, isInService, placesOf } from "./map_places.js";
import { GRADE_SIGNS, placeName, TIER_SIGNS, TIER_SIGNS_OUT } from "./naming.js";

/* global L */
const NAMES_FROM_ZOOM = 15.5;
const WHOLE = { padding: [24, 24], maxZoom: 15.25 }; // a village sees one station only
const CLOSE = { paddingTopLeft: [64, 72], paddingBottomRight: [64, 48], maxZoom: 15.25 };
const MANY = 25; // with more incidents nothing pulses, ways are left out, codes are shown near by
const ABOVE_ALL = 5000; // z-index offset of incidents; Leaflet's own go by latitude

export class DistrictMap {
  #map;
  #element;
  #ground = L.layerGroup();
  #stations = new Map();
  #stationsAt = 0; // counts how often stations were drawn: ways begin at them
  #places = new Map();
  #drawn = new Map();
  #whole = null;
  #isHeld = false; // somebody has moved it himself

  constructor(element) {
    this.#element = element;
    this.#map = openMap(element, [this.#ground], NAMES_FROM_ZOOM);
    this.#map.on("dragstart", () => this.#hold());
    for (const by of ["wheel", "dblclick", "keydown"]) element.addEventListener(by, () => this.#hold());
    element.querySelector(".leaflet-control-zoom").addEventListener("click", () => this.#hold());
  }

  #hold() {
    this.#isHeld = true;
  }

  /** Draw regions and stations; keeps the view unless this is the first time. */
  setDistrict(regions, stations) {
    const places = placesOf(regions, stations);
    this.#places = places;
    this.#stationsAt += 1;
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
    for (const station of stations.filter((one) => one.lon !== null)) this.#addStation(station);
    const drawn = [...this.#stations.values()].map((marker) => marker.getLatLng());
    if (drawn.length && !this.#whole) {
      this.#whole = L.latLngBounds(drawn);
      this.showAll();
    }
  }

  #addStation(station) {
    const marker = L.marker([station.lat, station.lon], {
      icon: stationIcon(station, station.state),
      keyboard: false,
      zIndexOffset: -1000,
    });
    const rest = station.state === "ready" ? "" : ` · ${t(`map.${station.state}`)}`;
    marker.bindTooltip(h("span", {}, `${station.name}${rest}`), { direction: "top", offset: [0, -8] });
    this.#stations.set(station.id, marker.addTo(this.#ground));
  }

  /** Draw open incidents, and who is on the way to them; what has not changed stays as it is. */
  setIncidents(incidents) {
    const shown = incidents.filter(({ premises }) => premises.lon !== null);
    this.#element.classList.toggle("map-many", shown.length > MANY);
    if (!shown.length) this.#isHeld = false;
    const old = this.#drawn;
    this.#drawn = new Map();
    for (const incident of shown) {
      const ways = shown.length > MANY ? [] : waysOf(incident);
      const key = JSON.stringify([incident.grade, incident.premises, ways, this.#stationsAt]);
      const known = old.get(incident.id);
      const layer = known?.key === key ? known.layer : this.#incidentLayer(incident, ways);
      this.#drawn.set(incident.id, { key, layer });
    }
    const kept = new Set([...this.#drawn.values()].map(({ layer }) => layer));
    for (const { layer } of old.values()) if (!kept.has(layer)) layer.remove();
    for (const layer of kept) layer.addTo(this.#map);
    this.#markSent(shown);
  }

  #incidentLayer(incident, ways) {
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
    const lines = ways.map(([stationId, isThere]) => {
      const from = this.#stations.get(stationId)?.getLatLng();
      const [color, dashArray] = isThere ? ["#57d39b", null] : ["#ffc55c", "5 7"];
      return from && L.polyline([from, at], { color, weight: 2, dashArray, interactive: false });
    });
    return L.layerGroup([marker, ...lines.filter(Boolean)]);
  }

  #markSent(incidents) {
    const sent = new Set(incidents.flatMap((one) => one.assignments.map(({ station_id }) => station_id)));
    for (const [id, marker] of this.#stations)
      marker.getElement()?.classList.toggle("marker-sent", sent.has(id));
  }

  /** Put a layer on the map, or take it off. */
  toggle(layer, isShown) {
    if (isShown) layer.addTo(this.#map);
    else layer.remove();
  }

  /** Where a region lies, [lat, lon]; undefined where that is not known. */
  placeOf(code) {
    return this.#places.get(code);
  }

  /** Show the whole district. */
  showAll() {
    if (this.#whole) this.#map.fitBounds(this.#whole, WHOLE);
  }

  /** Show the whole district, unless somebody has moved the map himself since it was last without incidents. */
  showAllUnlessHeld() {
    if (!this.#isHeld) this.showAll();
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

/** A station by its tier's sign: hollow where it is out of service, with a mark where nobody is on duty. */
export function stationIcon(station, state = isInService(station, clock.now()) ? "ready" : "out_of_service") {
  const signs = state === "out_of_service" ? TIER_SIGNS_OUT : TIER_SIGNS;
  return icon(`marker marker-${station.tier} marker-${state}`, [
    h("span", { class: "marker-sign" }, signs[station.tier]),
    state === "nobody_on_duty" && h("span", { class: "marker-warning" }, "!"),
    h("span", { class: "marker-name" }, station.name),
  ]);
}

/** `[[station, is there], …]` of an incident. */
function waysOf({ assignments }) {
  return assignments.map(({ station_id, milestones }) => [station_id, milestones.on_scene_at !== null]);
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
