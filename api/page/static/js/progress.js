/** How far help is, tier by tier, from an incident's assignments. Pure: no page, no clock. */

import { TIERS } from "./goals.js";

const STEPS = ["on_scene", "enroute", "acknowledged", "delivered", "notified"]; // the furthest first
const ANSWERS = ["acknowledged", "enroute", "on_scene", "cleared"];

/** Whether any station has answered and not declined. */
export function isAnswered({ assignments }) {
  const coming = assignments.filter(({ status }) => status !== "declined");
  return coming.some(({ milestones }) => ANSWERS.some((step) => milestones[`${step}_at`]));
}

/**
 * For every tier that was sent: `{tier, step, at, stations}`, `step` the furthest that any of its stations
 * has come (`none` before the first message, `declined` where all have), `at` when it first came there.
 */
export function progressOf({ assignments }) {
  return TIERS.map((tier) => [tier, assignments.filter((one) => one.tier === tier)])
    .filter(([, sent]) => sent.length)
    .map(([tier, sent]) => ({ tier, stations: sent.length, ...furthest(sent) }));
}

function furthest(sent) {
  const coming = sent.filter(({ status }) => status !== "declined");
  if (!coming.length) return { step: "declined", at: null };
  for (const step of STEPS) {
    const instants = coming.map(({ milestones }) => milestones[`${step}_at`]).filter(Boolean);
    if (instants.length) return { step, at: instants.sort()[0] };
  }
  return { step: "none", at: null };
}
