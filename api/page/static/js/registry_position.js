/** Where something stands: a pair of degrees in one of three datums, or a click on the map of our stations. */

import { h } from "./dom.js";
import { t, term } from "./i18n.js";
import { icon, openMap, stationIcon } from "./map.js";
import { placedStations, regionPoint } from "./registry_names.js";

/* global L */
const CLOSE_ZOOM = 14;
const FAR_ZOOM = 12;
const NAMES_FROM_ZOOM = 13;
const DECIMALS = 6; // a tenth of a metre
const DATUMS = ["wgs84", "gcj02", "bd09"];

/** The field; `within()` gives the code of the division where to look while there is no position. */
export function positionField(row, within) {
  const lon = degrees("lon", row.lon, 180);
  const lat = degrees("lat", row.lat, 90);
  const crs = h(
    "select",
    { name: "crs" },
    DATUMS.map((datum) => h("option", { value: datum }, term("datum", datum))),
  );
  const place = h("div", {
    class: "map registry-map",
    role: "application",
    "aria-label": t("registry.map"),
  });
  const centre = h("button", { type: "button" }, t("registry.take_centre"));
  requestAnimationFrame(() => drawMap({ place, lon, lat, crs, centre, within })); // a map needs its size
  return h(
    "fieldset",
    { class: "registry-position" },
    h("legend", {}, term("column", "position")),
    h("div", { class: "registry-degrees" }, labelled("lon", lon), labelled("lat", lat), labelled("crs", crs)),
    place,
    h("p", { class: "quiet" }, t("registry.map_hint")),
    centre,
  );
}

function degrees(name, value, most) {
  return h("input", {
    name,
    type: "number",
    step: "any",
    min: -most,
    max: most,
    value: value ?? "",
    inputmode: "decimal",
  });
}

function labelled(name, control) {
  return h("label", { class: "line" }, term("column", name), control);
}

function drawMap({ place, lon, lat, crs, centre, within }) {
  const ground = L.layerGroup();
  const map = openMap(place, [ground], NAMES_FROM_ZOOM);
  for (const station of placedStations()) {
    const marker = L.marker([station.lat, station.lon], {
      icon: stationIcon(station),
      interactive: false,
      keyboard: false,
    });
    marker.addTo(ground);
  }
  const sign = L.marker([0, 0], {
    icon: icon("sign registry-here", [h("span", { class: "marker-sign" }, "✚")]),
    interactive: false,
    keyboard: false,
    zIndexOffset: 5000,
  });
  const point = () => (lon.value && lat.value ? [Number(lat.value), Number(lon.value)] : null);
  const show = () => {
    const here = crs.value === "wgs84" ? point() : null; // another datum is converted by the server
    if (here) sign.setLatLng(here).addTo(map);
    else sign.remove();
    return here;
  };
  const take = ({ lat: north, lng: east }) => {
    lat.value = north.toFixed(DECIMALS);
    lon.value = L.Util.wrapNum(east, [-180, 180], true).toFixed(DECIMALS);
    crs.value = "wgs84";
    show();
  };
  const look = () => {
    const here = show() ?? regionPoint(within());
    if (here) map.setView(here, point() ? CLOSE_ZOOM : FAR_ZOOM);
    else if (ground.getLayers().length)
      map.fitBounds(L.latLngBounds(ground.getLayers().map((marker) => marker.getLatLng())));
  };
  map.on("click", (event) => take(event.latlng));
  centre.addEventListener("click", () => take(map.getCenter()));
  for (const control of [lon, lat, crs]) control.addEventListener("change", look);
  look();
}
