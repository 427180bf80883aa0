/** One incident's own page: the card, the intervals and the timeline; it follows the feed, too. */

import { get, getAll } from "./api.js";
import { incidentCard } from "./card.js";
import { h, replaceChildren } from "./dom.js";
import { Feed } from "./feed.js";
import { runFrame } from "./frame.js";
import { intervalTable } from "./intervals.js";
import { placeName } from "./naming.js";
import { timelineTable } from "./timeline.js";

const element = (id) => document.getElementById(id);
const incidentId = element("incident").dataset.incidentId;
const path = `/incidents/${encodeURIComponent(incidentId)}`;
let card = null;
let drawn = "";

const feed = new Feed({
  poll: reload,
  change: ({ incident_id }) => incident_id === incidentId && feed.poll(),
});

async function reload() {
  const [incident, timeline] = await Promise.all([get(path), getAll(`${path}/timeline`)]).catch(showFault);
  const now = JSON.stringify([incident, timeline]);
  if (now === drawn) return;
  drawn = now;
  const stations = new Map(incident.assignments.map(({ id, station_name }) => [id, station_name]));
  card = incidentCard(incident, { headingLevel: "h1" });
  document.title = `${incident.code} ${placeName(incident)}`;
  replaceChildren(element("incident"), card.element);
  replaceChildren(element("intervals"), intervalTable(incident));
  replaceChildren(element("timeline"), timelineTable(timeline, stations));
}

function showFault(problem) {
  if (!card) replaceChildren(element("incident"), h("p", { class: "fault", role: "alert" }, problem.message));
  throw problem;
}

document.addEventListener("incident-changed", () => feed.poll());
runFrame(feed, () => card?.tick());
await feed.start();
