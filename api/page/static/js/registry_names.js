/** Divisions and stations, read once and again after a change: what codes are called, what can be chosen. */

import { getAll } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { t, term } from "./i18n.js";

const TIERS = bootstrap.choices.tier;
const names = new Map();
let regions = [];
let stations = [];

/** Read what has names. */
export async function readNames() {
  [regions, stations] = await Promise.all([
    getAll("/regions", { limit: 500 }),
    getAll("/stations", { limit: 500 }),
  ]);
  for (const region of regions) names.set(region.code, region);
}

/** What a division is called; its code where nobody knows it. */
export function regionName(code) {
  return names.get(code)?.name ?? code ?? "—";
}

/** What a station is called; its id where nobody knows it, null for none. */
export function stationName(id) {
  return stations.find((station) => station.id === id)?.name ?? id ?? null;
}

/** Every station that has a place. */
export function placedStations() {
  return stations.filter((station) => station.active && station.lon !== null);
}

/** Where a division is: its own centre, else that of the nearest one above with a centre; null if nowhere. */
export function regionPoint(code) {
  for (let region = names.get(code); region; region = names.get(region.parent_code)) {
    if (region.lon !== null) return [region.lat, region.lon];
  }
  return null;
}

/** Divisions of these levels to choose from: `[group, [[code, name]]]`, a group a division above. */
export function regionChoices(levels = ["district", "town", "village"]) {
  const wanted = regions.filter(({ level }) => levels.includes(level));
  return grouped(
    wanted.sort((one, other) => one.code.localeCompare(other.code)),
    ({ parent_code }) => (parent_code ? regionName(parent_code) : t("registry.top")),
    ({ code, name }) => [code, name],
  );
}

/** Stations to choose from, by tier. */
export function stationChoices() {
  const sorted = [...stations].sort((one, other) => TIERS.indexOf(one.tier) - TIERS.indexOf(other.tier));
  return grouped(
    sorted,
    ({ tier }) => term("tier", tier),
    ({ id, name }) => [id, name],
  );
}

function grouped(items, groupOf, optionOf) {
  const groups = new Map();
  for (const item of items) {
    const group = groupOf(item);
    groups.set(group, [...(groups.get(group) ?? []), optionOf(item)]);
  }
  return [...groups];
}
