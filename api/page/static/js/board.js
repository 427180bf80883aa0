/** The live board: wires the feed to the open incidents, the map, the past list and the figures. */

import { getAll } from "./api.js";
import { incidentCard } from "./card.js";
import { h, replaceChildren } from "./dom.js";
import { Feed } from "./feed.js";
import { runFrame } from "./frame.js";
import { t } from "./i18n.js";
import { OpenIncidents } from "./incidents.js";
import { DistrictMap } from "./map.js";
import { showModesLine } from "./modes.js";
import { incidentAddress, placeName } from "./naming.js";
import { PastIncidents } from "./past.js";
import { showReadinessLine } from "./readiness.js";
import { Siren } from "./sound.js";
import { Strip } from "./strip.js";
import { ResponseTimes } from "./times.js";

const STATIONS_AGAIN_MS = 60_000;
const element = (id) => document.getElementById(id);

const cards = new Map();
const siren = new Siren(element("sound"));
const map = new DistrictMap(element("map"), element("map-legend"));
const strip = new Strip(element("strip"), choose);
const times = new ResponseTimes(element("times"));
const regions = await getAll("/regions").catch(() => []);
const past = new PastIncidents(element("past"), regions);
const incidents = new OpenIncidents({ changed: draw, opened: announce, closed: leave });
const feed = new Feed({
  poll: (how) =>
    Promise.all([
      incidents.reload(how),
      showModesLine(element("modes")),
      showReadinessLine(element("readiness")),
    ]),
  change: ({ incident_id }) => incidents.refresh(incident_id).catch(() => feed.poll()),
});

/** Draw the cards that changed; the keyboard's place is kept. */
function draw(changed) {
  const list = incidents.list();
  for (const incident of list.filter((one) => one.id === changed || !cards.has(one.id))) {
    cards.set(incident.id, incidentCard(incident, { links: linksOf(incident) }));
  }
  const focus = document.activeElement;
  const place = { card: focus?.closest?.("[data-incident]")?.dataset.incident, key: focus?.dataset?.focus };
  const shown = list.map((incident) => cards.get(incident.id).element);
  const calm = h("p", { class: "calm" }, h("span", { "aria-hidden": "true" }, "✓"), t("open.none"));
  replaceChildren(element("open"), shown.length ? shown : calm);
  if (place.key)
    cards
      .get(place.card)
      ?.element.querySelector(`[data-focus="${CSS.escape(place.key)}"]`)
      ?.focus();
  element("open-count").textContent = list.length || "";
  document.title = list.length ? `(${list.length}) ${t("app.alarm_title")}` : t("app.title");
  strip.show(list);
  map.setIncidents(list);
}

function choose(id) {
  const { element: card } = cards.get(id);
  card.scrollIntoView({ block: "start" });
  card.querySelector("a, button")?.focus({ preventScroll: true });
}

/** The largest region that whoever is signed in may see. */
function topRegion() {
  const codes = new Set(regions.map((region) => region.code));
  return regions.find((region) => !codes.has(region.parent_code));
}

function linksOf(incident) {
  return [
    h("button", { type: "button", "data-focus": "map", onclick: () => map.show(incident) }, t("open.on_map")),
    h("a", { class: "button", href: incidentAddress(incident) }, t("open.details")),
  ];
}

function announce(incident, { first }) {
  if (first) return;
  element("announce").textContent = t("open.announce", { code: incident.code, place: placeName(incident) });
  siren.sound();
  map.show(incident);
}

function leave(incident) {
  cards.delete(incident.id);
  past.reload();
  times.reload();
}

async function drawDistrict() {
  const stations = await getAll("/stations").catch(() => null);
  if (stations) map.setDistrict(regions, stations);
  map.setIncidents(incidents.list());
}

document.addEventListener("incident-changed", (event) => incidents.refresh(event.detail));
document.addEventListener("incident-chosen", (event) => choose(event.detail));
element("place").textContent = t("app.title_of", { place: topRegion()?.name ?? "" });
runFrame(feed, () => {
  strip.tick();
  cards.forEach((card) => card.tick());
});
past.reload();
times.reload();
await Promise.all([drawDistrict(), feed.start()]);
draw();
setInterval(drawDistrict, STATIONS_AGAIN_MS);
