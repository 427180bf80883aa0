/** The what-if panel of the coverage page: tools, the list of what is thought of, the difference, best sites. */

import { h, redraw } from "./dom.js";
import { limit } from "./format.js";
import { t } from "./i18n.js";

/**
 * Draw the panel. `state` is {tool, station, thought, stations, hasRoads, result, sites, busy, fault, within_s};
 * `act` holds what its buttons do.
 */
export function drawPanel(element, state, act) {
  redraw(
    element,
    h("p", { class: "quiet" }, t("coverage.what_if_note")),
    tools(state, act),
    stationTools(state, act),
    thoughtOf(state, act),
    h(
      "div",
      { class: "tools" },
      button("compute", t("coverage.compute"), act.compute, {
        class: "primary",
        disabled: state.busy || state.thought.isEmpty,
      }),
      button("clear", t("coverage.clear"), act.clear, {
        disabled: state.busy || (state.thought.isEmpty && !state.sites),
      }),
      button("best", t("coverage.best"), act.best, { disabled: state.busy }),
    ),
    state.busy && h("p", { class: "quiet", role: "status" }, t("coverage.busy")),
    state.fault && h("p", { class: "fault", role: "alert" }, state.fault),
    state.result && difference(state.result),
    state.sites && bestSites(state, act),
  );
}

function button(focus, text, onclick, properties = {}) {
  return h("button", { type: "button", "data-focus": focus, onclick, ...properties }, text);
}

function tools({ tool, hasRoads }, act) {
  const pick = (name, text, properties = {}) =>
    button(name, text, () => act.pick(tool === name ? null : name), {
      "aria-pressed": String(tool === name),
      ...properties,
    });
  return [
    h(
      "div",
      { class: "tools" },
      pick("add", `＋ ${t("coverage.add")}`),
      pick("close_road", `⊘ ${t("coverage.close_road")}`, { disabled: !hasRoads }),
    ),
    tool && h("p", { role: "status" }, t("coverage.pick")),
    tool && h("div", { class: "tools" }, button("centre", t("coverage.at_centre"), act.atCentre)),
  ];
}

function stationTools({ tool, station, stations }, act) {
  return h(
    "div",
    { class: "tools" },
    h(
      "select",
      {
        "aria-label": t("coverage.station"),
        "data-focus": "station",
        onchange: (event) => act.chooseStation(event.target.value),
      },
      h("option", { value: "" }, t("coverage.station")),
      stations.map((one) => h("option", { value: one.id, selected: one.id === station }, one.name)),
    ),
    button("close_station", `✕ ${t("coverage.close_station")}`, act.closeStation, { disabled: !station }),
    button("move", `→ ${t("coverage.move")}`, () => act.pick(tool === "move" ? null : "move"), {
      disabled: !station,
      "aria-pressed": String(tool === "move"),
    }),
  );
}

function thoughtOf({ thought, stations }, act) {
  const nameOf = (id) => stations.find((one) => one.id === id)?.name ?? id;
  const say = {
    add: ({ index, lon, lat }) => t("coverage.added", { n: index + 1, at: place(lon, lat) }),
    move: ({ station_id, lon, lat }) =>
      t("coverage.moved", { station: nameOf(station_id), at: place(lon, lat) }),
    close_stations: ({ station_id }) => t("coverage.station_closed", { station: nameOf(station_id) }),
    close_roads: ({ lon, lat }) => t("coverage.road_closed", { at: place(lon, lat) }),
  };
  return h(
    "ul",
    { class: "thought" },
    thought.list().map((change) => {
      const text = say[change.kind](change);
      const label = t("coverage.remove", { what: text });
      return h(
        "li",
        {},
        text,
        h(
          "button",
          { type: "button", "aria-label": label, onclick: () => act.remove(change.kind, change.index) },
          "✕",
        ),
      );
    }),
  );
}

function difference({ before, after, gained, lost }) {
  const people = ({ premises, residents }) => t("coverage.people", { premises, residents });
  return h(
    "div",
    { class: "difference", role: "status" },
    h("p", { class: "gained" }, `✚ ${t("coverage.gained")}: ${people(gained)}`),
    h("p", { class: "lost" }, `▼ ${t("coverage.lost")}: ${people(lost)}`),
    h(
      "p",
      {},
      t("coverage.before_after", {
        before: before.not_reached,
        after: after.not_reached,
        residents_before: before.residents_not_reached,
        residents_after: after.residents_not_reached,
      }),
    ),
  );
}

function bestSites({ sites, within_s }, act) {
  if (!sites.sites.length) return h("p", { class: "quiet" }, t("coverage.no_site", { limit: limit(within_s) }));
  return [
    h(
      "ol",
      { class: "thought" },
      sites.sites.map((site, index) =>
        h(
          "li",
          {},
          `${index + 1}. ${site.village_name ?? place(site.lon, site.lat)}: +${t("coverage.people", site.gain)}`,
          h(
            "button",
            {
              type: "button",
              "aria-label": t("coverage.take_site", { n: index + 1 }),
              onclick: () => act.takeSite(site),
            },
            "＋",
          ),
        ),
      ),
    ),
    h(
      "p",
      { class: "quiet" },
      t("coverage.compared", { n: sites.candidates }),
      " ",
      sites.optimal ? t("coverage.optimal") : t("coverage.greedy"),
    ),
  ];
}

function place(lon, lat) {
  return `${lat.toFixed(4)}, ${lon.toFixed(4)}`;
}
