/**
 * The promises of the plan against what has happened at one incident: 1-3-5 with the built-in plan.
 *
 * Everything here is counted from the first signal (`opened_at`), because one clock runs on the
 * board; the report measures each station's own intervals. Pure: no page, no clock.
 */

import { secondsBetween } from "./format.js";

/** The tiers, nearest first. */
export const TIERS = ["village", "town", "district"];
const SENT_AT_ONCE = ["village", "town"]; // contract section 7; the district goes with the hand-over

/**
 * The goals in the order of their limits: `{milestone: acknowledged|on_scene, tier, target_s,
 * value_s, station, state}`; state is `met`, `late` (done after the limit), `waiting`, `overdue`
 * (still not done after the limit) or `missing` (closed without a record).
 */
export function goalsOf(incident, plan, elapsed_s) {
  const goals = [];
  for (const tier of TIERS) {
    const { target_acknowledgement_s, target_response_s } = plan[tier];
    const sent = incident.assignments.filter((assignment) => assignment.tier === tier);
    if (!sent.length && !SENT_AT_ONCE.includes(tier)) continue;
    const limits = { acknowledged: target_acknowledgement_s, on_scene: target_response_s };
    for (const [milestone, target_s] of Object.entries(limits)) {
      if (!target_s) continue;
      const first = firstTo(milestone, sent);
      const value_s = secondsBetween(incident.opened_at, first?.milestones[`${milestone}_at`]);
      const state = stateOf(value_s, target_s, elapsed_s, incident.status);
      goals.push({ milestone, tier, target_s, value_s, station: first?.station_name ?? null, state });
    }
  }
  return goals.sort((a, b) => a.target_s - b.target_s);
}

/** Seconds since the first signal, up to now (ms) or to the closing. */
export function elapsed(incident, now) {
  return Math.max(0, secondsBetween(incident.opened_at, incident.closed_at ?? now));
}

/** How many seconds the whole ring stands for: the longest limit of the tiers that go at once. */
export function ringSpan(plan) {
  return Math.max(...SENT_AT_ONCE.map((tier) => plan[tier].target_response_s));
}

function stateOf(value_s, target_s, elapsed_s, status) {
  if (value_s !== null) return value_s <= target_s ? "met" : "late";
  if (status === "closed") return "missing";
  return elapsed_s <= target_s ? "waiting" : "overdue";
}

function firstTo(milestone, assignments) {
  const at = (assignment) => Date.parse(assignment.milestones[`${milestone}_at`] ?? "");
  return assignments.filter((assignment) => !Number.isNaN(at(assignment))).sort((a, b) => at(a) - at(b))[0];
}
