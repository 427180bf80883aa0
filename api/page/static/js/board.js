/** The live board: wires the feed to what needs somebody, the open incidents, the map, the past and the figures. */

import { tickAges } from "./ages.js";
import { get, getAll } from "./api.js";
import { Attention } from "./attention.js";
import { h } from "./dom.js";
import { Feed } from "./feed.js";
import { runFrame } from "./frame.js";
import { t } from "./i18n.js";
import { OpenIncidents } from "./incidents.js";
import { DistrictMap } from "./map.js";
import { MapLayers } from "./map_layers.js";
import { showModesLine } from "./modes.js";
import { incidentAddress, placeName } from "./naming.js";
import { OpenCards } from "./open_cards.js";
import { OpenRows } from "./open_rows.js";
import { PastIncidents } from "./past.js";
import { isAnswered } from "./progress.js";
import { showReadinessLine } from "./readiness.js";
import { Siren } from "./sound.js";
import { ResponseTimes } from "./times.js";

const DISTRICT_AGAIN_MS = 60_000;
const PAST_SOON_MS = 1000; // those that close together are looked up together
const FEW_ON_MAP = 3; // with more open at once, a new one no longer takes the map
const element = (id) => document.getElementById(id);

const siren = new Siren(element("sound"));
const map = new DistrictMap(element("map"));
const layers = new MapLayers(map, element("map-legend"));
const rows = new OpenRows(element("rows"), pick);
const cards = new OpenCards(element("open"), linksOf);
const attention = new Attention(element("attention"), element("needs"), element("attention-count"), choose);
const times = new ResponseTimes(element("times"));
const incidents = new OpenIncidents({ changed: draw, opened: announce, closed: leave });
const feed = new Feed({ poll, change }, ["incident", "assignment", "device"]);
let regions = [];
let past = null;
let lookingBack = 0;
let newest = null; // opened since the last drawing

async function poll({ deep }) {
  await incidents.reload(); // what is open comes before everything else
  await Promise.all([deep && cards.refresh(null), attention.reload()]);
  showModesLine(element("modes")); // for these nothing waits; they stay as they are where the API is silent
  showReadinessLine(element("readiness"));
  if (deep && regions.length) layers.reload(); // at first they come with the district
}

function change(changed) {
  if (changed.device_id) layers.change(changed);
  if (changed.incident_id) refresh(changed.incident_id).catch(() => feed.poll());
}

async function refresh(id) {
  await incidents.refresh(id);
  await cards.refresh([id]);
  attention.reloadSoon();
}

/** Draw what changed, and what follows from it. */
function draw() {
  const list = incidents.list();
  const shown = cards.show(list.map(({ id }) => id)); // first: it decides which cards are open
  shown.catch(() => feed.poll());
  drawRows();
  element("open-count").textContent = incidents.total || "";
  document.title = list.length ? `(${incidents.total}) ${t("app.alarm_title")}` : t("app.title");
  map.setIncidents(list);
  siren.keep(new Set(list.filter((incident) => !isAnswered(incident)).map(({ id }) => id)));
  if (newest) look(newest);
  newest = null;
}

/** Turn the map to a new incident; to the whole district where more burns than one view can follow. */
function look(incident) {
  if (incidents.total <= FEW_ON_MAP) map.show(incident);
  else map.showAllUnlessHeld();
}

function drawRows() {
  rows.show(incidents.list(), cards.chosen, incidents.total);
}

/** Open the card of a line, or fold it again. */
async function pick(id) {
  const isToOpen = !cards.chosen.has(id);
  await cards.toggle(id).catch(() => feed.poll());
  drawRows();
  if (isToOpen) cards.goTo(id);
}

/** Show an incident in full, wherever it was picked; false where it is not open here. */
function choose(id) {
  if (!incidents.list().some((incident) => incident.id === id)) return false;
  if (cards.chosen.has(id)) cards.goTo(id);
  else pick(id);
  return true;
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
  element("rows").scrollTop = 0;
  siren.call(incident.id);
  newest = incident;
}

function leave() {
  clearTimeout(lookingBack);
  lookingBack = setTimeout(() => {
    past?.reload();
    times.reload();
  }, PAST_SOON_MS);
}

async function drawDistrict() {
  if (!regions.length) await readRegions();
  const stations = await get("/board/stations").catch(() => null);
  if (stations) map.setDistrict(regions, stations.items);
  map.setIncidents(incidents.list());
  await layers.reload();
}

async function readRegions() {
  regions = await getAll("/regions", { limit: 500 }).catch(() => []);
  element("place").textContent = t("app.title_of", { place: topRegion()?.name ?? "" });
  past = new PastIncidents(element("past"), regions);
  past.reload();
}

document.addEventListener("incident-changed", (event) => refresh(event.detail).catch(() => feed.poll()));
document.addEventListener("incident-chosen", (event) => choose(event.detail));
runFrame(feed, () => {
  rows.tick();
  cards.tick();
  tickAges();
});
await feed.start();
times.reload();
await drawDistrict();
setInterval(drawDistrict, DISTRICT_AGAIN_MS);
