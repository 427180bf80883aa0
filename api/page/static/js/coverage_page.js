/** The coverage page: which homes nobody reaches in time, and what would help. */

import { get, getAll, newIdempotencyKey, post } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { clock } from "./clock.js";
import { CoverageMap } from "./coverage_map.js";
import { drawPanel } from "./coverage_panel.js";
import { Thought } from "./coverage_thought.js";
import { h, redraw } from "./dom.js";
import { Feed } from "./feed.js";
import { limit } from "./format.js";
import { runFrame } from "./frame.js";
import { t } from "./i18n.js";
import { isInService } from "./map_places.js";

const PATIENCE_MS = 120_000; // a large district takes its time
const AGAIN_MS = 60_000; // closures and premises change seldom; stations are looked at with every poll
const SITES = 3;
const element = (id) => document.getElementById(id);
const form = element("asked");
const feed = new Feed({ poll: reload, change: () => {} }, []);
const map = new CoverageMap(element("map"), element("legend"), { picked: take, chosen: chooseOnMap });
const state = {
  tool: null,
  station: "",
  thought: new Thought(),
  stations: [],
  hasRoads: false,
  result: null,
  sites: null,
  busy: false,
  fault: "",
  within_s: 0,
};
let shown = null; // the map's data
let details = null; // what is not reached, asked for when somebody points at it
let drawnOf = { key: "", at: Number.NEGATIVE_INFINITY };

const act = {
  pick: (tool) => change({ tool }),
  atCentre: () => take(map.centre),
  chooseStation: (station) => change({ station }),
  closeStation: () => think(() => state.thought.closeStation(state.station)),
  remove: (kind, index) => think(() => state.thought.remove(kind, index)),
  takeSite: ({ lon, lat }) => think(() => state.thought.add(lon, lat)),
  clear: () => {
    state.sites = null;
    think(() => state.thought.clear());
  },
  compute: () =>
    calculate(async () => {
      const body = { ...asked(), ...state.thought.body };
      state.result = await post("/reports/coverage/what-if", body, newIdempotencyKey(), PATIENCE_MS);
    }),
  best: () =>
    calculate(async () => {
      const query = { ...asked(), count: SITES };
      state.sites = await get("/reports/coverage/best-sites", query, PATIENCE_MS);
    }),
};

function asked() {
  return { tier: form.elements.tier.value, within_s: Number(form.elements.within_s.value) };
}

/** Read what is shown again if stations have changed, something else was asked for, or a minute has gone. */
async function reload() {
  const now = clock.now();
  const every = await getAll("/stations");
  state.stations = every.filter(
    (one) => one.active && one.lon !== null && one.tier === asked().tier && isInService(one, now),
  );
  const key = JSON.stringify([asked(), state.stations.map(({ id, lon, lat }) => [id, lon, lat])]);
  if (key === drawnOf.key && performance.now() - drawnOf.at < AGAIN_MS) return;
  const villages = { ...asked(), of: "villages" };
  const [data, report] = await Promise.all([
    get("/reports/coverage/map", asked(), PATIENCE_MS),
    get("/reports/coverage", villages, PATIENCE_MS),
  ]);
  drawnOf = { key, at: performance.now() };
  shown = data;
  details = null;
  state.within_s = data.summary.within_s;
  state.hasRoads = data.summary.method === "road";
  map.setGround(data);
  showSummary(data.summary);
  redraw(element("villages"), villageList(report.features));
  draw();
}

function draw() {
  map.setStations(state.stations, state.station);
  map.setSigns(signs());
  map.setPlaces(kinds());
  element("map").classList.toggle("map-picking", Boolean(state.tool));
  drawPanel(element("what-if"), state, act);
}

function change(changes) {
  Object.assign(state, changes);
  draw();
}

/** A change to what is thought of: the difference shown is of something else now. */
function think(changing) {
  changing();
  change({ tool: null, result: null, fault: "" });
}

async function calculate(work) {
  change({ busy: true, fault: "", result: null, tool: null });
  try {
    await work();
  } catch (problem) {
    state.fault = problem.message;
  }
  change({ busy: false });
}

/** Somebody points at the map. */
function take({ lat, lng }) {
  const [lon, north] = [Number(lng.toFixed(6)), Number(lat.toFixed(6))];
  if (state.tool === "add") think(() => state.thought.add(lon, north));
  else if (state.tool === "close_road") think(() => state.thought.closeRoad(lon, north));
  else if (state.tool === "move") think(() => state.thought.move(state.station, lon, north));
  else if (map.hits({ lat, lng })) tell(lon, north);
}

function chooseOnMap(station) {
  if (state.tool) take({ lat: station.lat, lng: station.lon });
  else change({ station: station.id });
}

/** Say which premises are not reached there, and how long the first would take. */
async function tell(lon, lat) {
  try {
    details ??= (await get("/reports/coverage", asked(), PATIENCE_MS)).features;
  } catch {
    return; // the frame says that the server does not answer
  }
  const far = ({ geometry }) => Math.hypot(geometry.coordinates[0] - lon, geometry.coordinates[1] - lat);
  const features = [...(state.result?.features ?? []), ...details];
  if (!features.length) return;
  const nearest = features.reduce((best, one) => (far(one) < far(best) ? one : best));
  const { name, residents, travel_s, best_station_id } = nearest.properties;
  const [east, north] = nearest.geometry.coordinates;
  const station = state.stations.find((one) => one.id === best_station_id)?.name;
  map.say(
    [north, east],
    [
      h("strong", {}, name),
      h("div", {}, residents === null ? "" : t("incident.residents", { n: residents })),
      h(
        "div",
        {},
        travel_s === null
          ? t("coverage.no_way")
          : t("coverage.first", { station: station ?? "—", time: limit(Math.round(travel_s)) }),
      ),
    ],
  );
}

/** Premises by how they are drawn. */
function kinds() {
  const found = { reached: [], late: [], gained: [], lost: [] };
  if (!shown) return found;
  const changed = new Set();
  for (const { geometry, properties } of state.result?.features ?? []) {
    const [lon, lat] = geometry.coordinates;
    found[properties.change].push([lat, lon]);
    changed.add(`${lon.toFixed(5)} ${lat.toFixed(5)}`);
  }
  shown.reached.forEach((reached, i) => {
    if (changed.has(`${shown.lon[i].toFixed(5)} ${shown.lat[i].toFixed(5)}`)) return;
    (reached ? found.reached : found.late).push([shown.lat[i], shown.lon[i]]);
  });
  return found;
}

function signs() {
  const closed = [...(shown?.closures ?? []), ...state.thought.body.close_roads];
  const { add, move } = state.thought.body;
  const name = (station_id) => state.stations.find((one) => one.id === station_id)?.name;
  return [
    ...closed.map((at) => ({ ...at, kind: "closure", text: "⊘", name: t("coverage.closed_road") })),
    ...add.map((at, i) => ({ ...at, kind: "new", text: "✚", name: t("coverage.new", { n: i + 1 }) })),
    ...move.map((at) => ({ ...at, kind: "new", text: "●", name: name(at.station_id) })),
    ...(state.sites?.sites ?? []).map((at, i) => ({ ...at, kind: "site", text: `${i + 1}★`, name: at.village_name })),
  ];
}

function showSummary(summary) {
  element("late-count").textContent = summary.not_reached || "";
  const how = summary.method === "road" ? t("coverage.by_road") : t("coverage.by_line");
  const { premises, residents, not_reached, residents_not_reached, without_position } = summary;
  const counted = { premises, residents, late: not_reached, people: residents_not_reached };
  redraw(
    element("summary"),
    h("strong", {}, t("coverage.summary", { ...counted, limit: limit(summary.within_s) })),
    ` ${how}`,
    without_position > 0 && ` ${t("coverage.unplaced", { n: without_position })}`,
  );
  element("attribution").textContent = summary.attribution ?? "";
}

function villageList(features) {
  if (!features.length) return h("p", { class: "quiet" }, t("coverage.no_village"));
  return h(
    "ul",
    { class: "coverage-villages" },
    features.map(({ geometry, properties }) =>
      h(
        "li",
        { "data-village": properties.id },
        h(
          "button",
          {
            type: "button",
            "data-focus": `village-${properties.id}`,
            disabled: !geometry,
            onclick: () => map.showGeometry(geometry),
          },
          h("strong", {}, properties.name),
          h(
            "span",
            { class: "quiet" },
            t("coverage.people", {
              premises: properties.not_reached,
              residents: properties.residents_not_reached,
            }),
          ),
        ),
      ),
    ),
  );
}

function setTarget() {
  form.elements.within_s.value = bootstrap.plan[form.elements.tier.value].target_response_s;
}

setTarget();
form.elements.tier.addEventListener("change", setTarget);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  Object.assign(state, { station: "", tool: null, result: null, sites: null, fault: "", thought: new Thought() });
  feed.poll();
});
runFrame(feed, () => {});
await feed.start();
