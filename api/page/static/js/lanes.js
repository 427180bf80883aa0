/**
 * What the timeline's picture shows: the incident's own lane, then one a station, each with marks, bars
 * and the plan's targets, in seconds since the alarm. Pure: no page, no clock.
 */

import { secondsBetween } from "./format.js";

export const MILESTONES = ["notified", "delivered", "acknowledged", "enroute", "on_scene", "cleared"];
export const OF_THE_INCIDENT = ["alarm", "signal", "confirmed", "handed_over", "accepted", "closed"];
const OF_MILESTONES = ["milestone_corrected", "milestone", "answered", "message_delivered", "message_sent"];

/** The lanes: `{key, station, marks: [{name, s, at, fact, before}], bars(now_s), targets(now_s)}`. */
export function lanesOf(incident, timeline, plan) {
  const since = (instant) => secondsBetween(incident.opened_at, instant);
  const facts = byAssignment(timeline);
  return [
    incidentLane(incident, timeline, since),
    ...incident.assignments.map((one) => stationLane(one, facts.get(one.id) ?? [], incident, plan, since)),
  ];
}

/** The last second that has to be on the picture: marks, targets, and the present while it is open. */
export function lastSecond(lanes, elapsed_s) {
  const marked = lanes.flatMap((lane) => lane.marks.map((mark) => mark.s));
  const promised = lanes.flatMap((lane) => lane.targets(0).map((target) => target.s));
  return Math.max(elapsed_s, ...marked, ...promised);
}

/** Whether a fact's milestone was corrected later: the correction, or null. */
export function correctionOf(fact, timeline) {
  if (!["milestone", "milestone_corrected", "answered"].includes(fact.kind)) return null;
  const corrects = (later) =>
    later.kind === "milestone_corrected" &&
    later.id > fact.id &&
    later.assignment_id === fact.assignment_id &&
    Date.parse(later.data.before) === Date.parse(fact.at);
  return timeline.find(corrects) ?? null;
}

function incidentLane(incident, timeline, since) {
  const [first, ...joined] = incident.signals;
  const fact = (...kinds) => timeline.find((entry) => kinds.includes(entry.kind));
  const marks = [
    { name: "alarm", at: incident.opened_at, what: first, fact: fact("opened") },
    ...joined.map((signal) => ({
      name: "signal",
      at: signal.received_at,
      what: signal,
      fact: timeline.find((entry) => entry.kind === "signal_joined" && entry.at === signal.received_at),
    })),
    { name: "confirmed", at: incident.confirmed_at, fact: fact("confirmed", "opened") },
    { name: "handed_over", at: incident.handover.at, fact: fact("handed_over") },
    { name: "accepted", at: fact("handover_accepted")?.at, fact: fact("handover_accepted") },
    { name: "closed", at: incident.closed_at, fact: fact("closed") },
  ];
  return {
    key: "incident",
    station: null,
    marks: placed(marks, since),
    bars: () => [],
    targets: () => [],
  };
}

function stationLane(assignment, facts, incident, plan, since) {
  const marks = MILESTONES.map((name) => {
    const at = assignment.milestones[`${name}_at`];
    const fact = factOf(name, at, facts);
    return { name, at, fact, before: fact?.kind === "milestone_corrected" ? fact.data.before : null };
  });
  return {
    key: String(assignment.id),
    station: assignment,
    marks: placed(marks, since),
    bars: (now_s) => barsOf(assignment, since, now_s),
    targets: (now_s) => targetsOf(assignment, incident, plan[assignment.tier], since, now_s),
  };
}

function placed(marks, since) {
  return marks
    .filter(({ at }) => at)
    .map((mark) => ({ ...mark, s: since(mark.at) }))
    .sort((a, b) => a.s - b.s);
}

/** The fact that tells a milestone: of the same instant, its own word before others. */
function factOf(name, at, facts) {
  if (!at) return null;
  const same = facts.filter((fact) => Date.parse(fact.at) === Date.parse(at));
  const own = (kind) =>
    same.filter((fact) => fact.kind === kind && (!fact.data.milestone || fact.data.milestone === name)).pop();
  return OF_MILESTONES.map(own).find(Boolean) ?? null;
}

/** Told and waiting, coming, there: what grows goes on to `now_s`. */
function barsOf({ milestones, status }, since, now_s) {
  const at = Object.fromEntries(MILESTONES.map((name) => [name, since(milestones[`${name}_at`])]));
  const end = at.cleared ?? now_s;
  const set_out = at.acknowledged ?? at.enroute;
  const arrived = at.on_scene ?? end;
  const waits = status === "declined" ? at.delivered : (set_out ?? arrived);
  const bars = [
    { name: "told", from: at.notified, to: waits },
    { name: "coming", from: set_out, to: arrived },
    { name: "there", from: at.on_scene, to: end },
  ];
  return bars.filter(({ from, to }) => from !== null && to !== null && to > from);
}

/** Acknowledgement is counted from the notice, response from the alarm (contract section 9). */
function targetsOf({ milestones, status }, incident, limits, since, now_s) {
  const told = since(milestones.notified_at) ?? 0;
  const wanted = [
    { name: "acknowledged", from: told, limit_s: limits.target_acknowledgement_s },
    { name: "on_scene", from: 0, limit_s: limits.target_response_s },
  ];
  return wanted
    .filter(({ limit_s }) => limit_s)
    .map(({ name, from, limit_s }) => {
      const reached = since(milestones[`${name}_at`]);
      const s = from + limit_s;
      const isOver = incident.status === "closed" || status === "declined";
      return { name, s, limit_s, state: stateOf(reached, s, now_s, isOver) };
    });
}

function stateOf(reached_s, target_s, now_s, isOver) {
  if (reached_s !== null) return reached_s <= target_s ? "met" : "late";
  if (isOver) return "missing";
  return now_s <= target_s ? "waiting" : "overdue";
}

function byAssignment(timeline) {
  const facts = new Map();
  for (const entry of timeline) {
    if (entry.assignment_id === null) continue;
    facts.set(entry.assignment_id, [...(facts.get(entry.assignment_id) ?? []), entry]);
  }
  return facts;
}
