/** Wall time of the service's zone for forms: what a `datetime-local` field holds, to an instant and back. */

import { bootstrap } from "./bootstrap.js";

const wall = new Intl.DateTimeFormat("sv-SE", {
  dateStyle: "short",
  timeStyle: "medium",
  timeZone: bootstrap.zone,
});

/** `2026-03-02T15:12:04` in the service's zone. */
export function wallOf(instant) {
  return wall.format(new Date(instant)).replace(" ", "T");
}

/** The instant (RFC 3339) of a wall time; where a clock is set back, the later of the two. */
export function instantOf(text) {
  const asUtc = Date.parse(`${text.length === 16 ? `${text}:00` : text}Z`);
  const offset = (instant) => Date.parse(`${wallOf(instant)}Z`) - instant;
  const guess = asUtc - offset(asUtc);
  return new Date(asUtc - offset(guess)).toISOString();
}
