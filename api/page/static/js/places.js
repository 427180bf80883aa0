/** Where devices stand and what they said, in words; premises are read once a visit. */

import { get, getAll } from "./api.js";
import { dateTime } from "./format.js";
import { t, term } from "./i18n.js";

const known = new Map();
let all = null;

/** One building, or null where the caller's region or the registry does not have it. */
export function premisesOf(id) {
  if (!known.has(id)) known.set(id, get(`/premises/${encodeURIComponent(id)}`).catch(() => null));
  return known.get(id);
}

/** Every building that the caller sees. */
export function allPremises() {
  all ??= getAll("/premises", { limit: 500 }).catch((problem) => {
    all = null; // asked again next time
    throw problem;
  });
  return all;
}

/** The buildings whose name, address or id holds every word of what is looked for; the first `most`. */
export function matching(premises, wanted, most) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const found = premises.filter(({ id, name, address }) => {
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
