/** One incident's own page: the card, the building, the lanes, intervals and timeline; it follows the feed, too. */

import { get, getAll } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { buildingPanel, gistOf } from "./building.js";
import { incidentCard } from "./card.js";
import { h, redraw, replaceChildren } from "./dom.js";
import { Feed } from "./feed.js";
import { runFrame } from "./frame.js";
import { intervalTable } from "./intervals.js";
import { LaneChart } from "./lane_chart.js";
import { placeName } from "./naming.js";
import { isOfMessage, timelineTable } from "./timeline.js";

const element = (id) => document.getElementById(id);
const incidentId = element("incident").dataset.incidentId;
const path = `/incidents/${encodeURIComponent(incidentId)}`;
const lanes = new LaneChart(bootstrap.plan);
const BUILDING_AGAIN_MS = 60_000; // its card may be written elsewhere
let card = null;
let drawn = "";
let timeline = []; // nothing of it ever changes: only what came later is read
let building = null;
let buildingAt = 0;

const feed = new Feed({
  poll: reload,
  change: ({ incident_id }) => incident_id === incidentId && feed.poll(),
});

async function reload({ deep }) {
  const [incident, later] = await Promise.all([
    get(path),
    getAll(`${path}/timeline`, { since: timeline.at(-1)?.id ?? "" }),
  ]).catch(showFault);
  if (!building || deep || later.some(({ kind }) => !isOfMessage(kind)) || performance.now() - buildingAt > BUILDING_AGAIN_MS) {
    building = await get(`${path}/building`).catch(showFault);
    buildingAt = performance.now();
  }
  timeline = [...timeline, ...later];
  const now = JSON.stringify([incident, timeline.length, building]);
  if (now === drawn) return;
  drawn = now;
  draw(incident, !card || later.length > 0);
}

function draw(incident, isLonger) {
  const stations = new Map(incident.assignments.map(({ id, station_name }) => [id, station_name]));
  card = incidentCard(incident, { headingLevel: "h1", gist: gistOf(incident, building) });
  document.title = `${incident.code} ${placeName(incident)}`;
  redraw(element("incident"), card.element);
  redraw(element("building"), buildingPanel(building, incident));
  lanes.show(incident, timeline);
  redraw(element("intervals"), intervalTable(incident));
  if (isLonger) redraw(element("timeline"), timelineTable(timeline, stations));
}

/** A mark of the picture leads to its fact, also where the table is folded up. */
function unfold() {
  if (location.hash.startsWith("#fact-")) element("facts").open = true;
  const fact = document.getElementById(location.hash.slice(1));
  const folded = fact?.closest(".timeline details");
  if (folded) folded.open = true;
  fact?.focus();
}

function showFault(problem) {
  if (!card) replaceChildren(element("incident"), h("p", { class: "fault", role: "alert" }, problem.message));
  throw problem;
}

function tick() {
  card?.tick();
  lanes.tick();
}

replaceChildren(element("lanes"), lanes.element);
element("facts").open = !matchMedia("(max-width: 760px)").matches;
addEventListener("hashchange", unfold);
addEventListener("beforeprint", () => (element("facts").open = true));
document.addEventListener("incident-changed", () => feed.poll({ deep: true }));
element("print").addEventListener("click", () => print());
runFrame(feed, tick);
await feed.start();
