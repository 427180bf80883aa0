/** How incidents, tiers and journeys are named in one line, wherever they appear. */

import { distance, duration } from "./format.js";
import { t, term } from "./i18n.js";

/** A tier is known by shape as well as by colour: in service, and out of it. */
export const TIER_SIGNS = { village: "●", town: "■", district: "◆" };
export const TIER_SIGNS_OUT = { village: "○", town: "□", district: "◇" };
export const GRADE_SIGNS = { suspected: "△", confirmed: "▲" };
export const DRILL_SIGN = "◇";
/** How the failure begins that says that no 119 centre is set up (`dispatch/centre_sender.py`). */
export const NO_LINE = "FIRE135_HANDOVER_URL";

/** What people call the place of an incident. */
export function placeName({ premises }) {
  return premises.name || premises.address;
}

/** A place with its village or town, unless its own name says it. */
export function placeInArea(place, area) {
  return area && !place.includes(area) ? `${place} · ${area}` : place;
}

/** The address of a page's own view of an incident. */
export function incidentAddress({ id }) {
  return `/incidents/${encodeURIComponent(id)}`;
}

/** About how long and how far a station has to go; empty where that is not known. */
export function journey({ travel_s, distance_m, method }) {
  if (!travel_s) return "";
  return t("station.journey", {
    time: duration(travel_s),
    distance: distance(distance_m),
    method: term("method", method),
  });
}
