/** Where devices stand and what they said, in words; premises are read once a visit. */

import { get, getAll } from "./api.js";
import { dateTime } from "./format.js";
import { t, term } from "./i18n.js";

const KEPT_MS = 60_000;
const known = new Map();
const all = new Map();

/** The building of a device, or a terminal's station; null where nobody has placed it, or out of sight. */
export function placeOf({ premises_id, station_id }) {
  if (!premises_id) return null;
  const path = `/${station_id ? "stations" : "premises"}/${encodeURIComponent(premises_id)}`;
  if (!known.has(path)) known.set(path, get(path).catch(() => null));
  return known.get(path);
}

/** Every building that the caller sees; of `stations` every station. */
export function allPlaces(list = "premises") {
  if (!all.has(list)) all.set(list, getAll(`/${list}`, { limit: 500 }).finally(() => forget(list)));
  return all.get(list);
}

/** What is registered meanwhile is found when somebody looks again. */
function forget(list) {
  setTimeout(() => all.delete(list), KEPT_MS);
}

/** The places whose name, address or id holds every word of what is looked for; the first `most`. */
export function matching(places, wanted, most) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const found = places.filter(({ id, name, address = "" }) => {
    const text = `${name} ${address} ${id}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return found.slice(0, most);
}

/** Kind, floor and room of a device in one line. */
export function spotOf({ kind, floor, room }) {
  return [term("device", kind), floor && t("incident.floor", { floor }), room].filter(Boolean).join(" · ");
}

/** One thing that a device said, in one line. */
export function saidOf({ kind, at, data }) {
  const taken = data.taken_as && t("device.taken_as", { mode: term("mode", data.taken_as) });
  return [dateTime(at), term("event", `device_${kind}`), taken].filter(Boolean).join(" · ");
}

/** Name and address of a building in one line; an address that ends with the name says it all. */
export function addressOf({ name, address }) {
  return address?.includes(name) ? address : [name, address].filter(Boolean).join(" · ");
}
