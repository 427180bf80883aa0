/** The duty page: who could not come tonight; each station's service, people, leave and next 24 hours. */

import { get, getAll } from "./api.js";
import { h, redraw } from "./dom.js";
import { dutyStation, isWorrying, span } from "./duty_station.js";
import { Feed } from "./feed.js";
import { dateTime } from "./format.js";
import { runFrame } from "./frame.js";
import { t, term } from "./i18n.js";

const element = (id) => document.getElementById(id);
const feed = new Feed({ poll: reload, change: () => {} }, []);
let stations = [];

async function reload() {
  const [night, list] = await Promise.all([
    get("/reports/coverage/forecast", { tier: "village" }),
    getAll("/duty"),
  ]);
  stations = list.sort((one, other) => isWorrying(other) - isWorrying(one));
  element("gap-count").textContent = night.items.length + night.village_items.length || "";
  redraw(element("night"), tonight(night));
  draw();
}

function tonight(night) {
  const window = t("duty.window", {
    from: dateTime(night.from),
    to: dateTime(night.to),
    n: night.stations,
    villages: night.villages,
  });
  if (!night.items.length && !night.village_items.length)
    return [
      h("p", { class: "calm" }, h("span", { "aria-hidden": "true" }, "✓"), t("duty.night_none")),
      h("p", { class: "quiet" }, window),
    ];
  return [
    h("p", { class: "quiet" }, window),
    h(
      "ul",
      { class: "gaps" },
      night.items.map((station) => gapsOf(station.station_id, station.station_name, station)),
      night.village_items.map((village) => gapsOf(village.region_code, villageText(village), village)),
    ),
  ];
}

function gapsOf(id, name, { gaps }) {
  return h(
    "li",
    { "data-gap": id },
    h("strong", {}, name),
    gaps.map((gap) => h("span", {}, `${span(gap)} ${term("gap", gap.reason)}`)),
  );
}

/** A village without a station of its own goes with the one that covers it. */
function villageText({ region_code, region_name, station_name }) {
  const name = region_name ?? region_code;
  return station_name ? t("duty.village_of", { name, station: station_name }) : t("duty.village_alone", { name });
}

/** What the search field names: a station, or anybody of it; without it all of them. */
function draw() {
  const wanted = new FormData(element("find")).get("name").trim().toLowerCase();
  const shown = stations.filter(({ station_id, station_name, people }) =>
    [station_id, station_name, ...people.map(({ name }) => name)].some((name) =>
      name.toLowerCase().includes(wanted),
    ),
  );
  redraw(
    element("stations"),
    shown.length ? shown.map(dutyStation) : h("p", { class: "quiet" }, t("duty.none")),
  );
}

element("find").elements.name.value = new URLSearchParams(location.search).get("find") ?? "";
element("find").addEventListener("input", draw);
element("find").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("duty-changed", () => feed.poll());
runFrame(feed, () => {});
await feed.start();
