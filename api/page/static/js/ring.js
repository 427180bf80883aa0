/** The 1-3-5 ring: one turn is the longest limit, a mark stands at each limit, the arc is the time gone. */

import { clock } from "./clock.js";
import { svg, h, replaceChildren } from "./dom.js";
import { duration, limit } from "./format.js";
import { elapsed, goalsOf, ringSpan } from "./goals.js";
import { t, term } from "./i18n.js";

const RADIUS = 50;
const TURN = 2 * Math.PI * RADIUS;
const MARKS = { met: "✓", late: "✓", overdue: "!", missing: "?", waiting: "" };

/** Ring and list of goals of one incident; `tick()` brings both to the present second. */
export class Ring {
  #incident;
  #plan;
  #arc = svg("circle", { class: "ring-arc", r: RADIUS, transform: "rotate(-90)" });
  #marks = svg("g");
  #clock = svg("text", { class: "ring-clock", y: 6 });
  #goals = h("ol", { class: "goals" });

  constructor(incident, plan) {
    this.#incident = incident;
    this.#plan = plan;
    this.element = h(
      "div",
      { class: "ring" },
      svg(
        "svg",
        { viewBox: "-64 -64 128 128", role: "timer", "aria-label": t("ring.since") },
        svg("circle", { class: "ring-track", r: RADIUS }),
        this.#arc,
        this.#marks,
        this.#clock,
        svg("text", { class: "ring-caption", y: 24 }, t(incident.closed_at ? "ring.total" : "ring.since")),
      ),
      this.#goals,
    );
    this.tick();
  }

  tick() {
    const gone_s = elapsed(this.#incident, clock.now());
    const span_s = ringSpan(this.#plan);
    const goals = goalsOf(this.#incident, this.#plan, gone_s);
    this.#arc.setAttribute("class", `ring-arc ring-${moodOf(goals)}`);
    this.#arc.setAttribute("stroke-dasharray", `${Math.min(1, gone_s / span_s) * TURN} ${TURN}`);
    this.#clock.textContent = duration(gone_s);
    replaceChildren(
      this.#marks,
      goals.filter((goal) => goal.target_s <= span_s).map((goal) => markOf(goal, span_s)),
    );
    replaceChildren(
      this.#goals,
      goals.map((goal) => lineOf(goal, gone_s)),
    );
  }
}

/** The same without words, for a line: the arc, a tick at each limit, the time gone in the middle. */
export class SmallRing {
  #incident;
  #plan;
  #arc = svg("circle", { r: RADIUS, transform: "rotate(-90)" });
  #clock = h("span", { class: "row-clock" });

  constructor(incident, plan) {
    this.#incident = incident;
    this.#plan = plan;
    const span_s = ringSpan(plan);
    const limits = goalsOf(incident, plan, 0).filter(({ target_s }) => target_s <= span_s);
    this.element = h(
      "span",
      { class: "small-ring" },
      svg(
        "svg",
        { viewBox: "-60 -60 120 120", "aria-hidden": "true" },
        svg("circle", { class: "ring-track", r: RADIUS }),
        this.#arc,
        limits.map(({ target_s }) => tickOf(target_s, span_s)),
      ),
      this.#clock,
    );
    this.tick();
  }

  tick() {
    const gone_s = elapsed(this.#incident, clock.now());
    const span_s = ringSpan(this.#plan);
    this.#arc.setAttribute("class", `ring-arc ring-${moodOf(goalsOf(this.#incident, this.#plan, gone_s))}`);
    this.#arc.setAttribute("stroke-dasharray", `${Math.min(1, gone_s / span_s) * TURN} ${TURN}`);
    this.#clock.textContent = duration(gone_s);
  }
}

/** The worst that is still open: a limit that has passed, one that runs, or nothing any more. */
function moodOf(goals) {
  return ["overdue", "waiting"].find((state) => goals.some((goal) => goal.state === state)) ?? "done";
}

function tickOf(target_s, span_s) {
  const angle = (target_s / span_s) * 2 * Math.PI;
  const [x, y] = [Math.sin(angle), -Math.cos(angle)];
  const at = { x1: 38 * x, y1: 38 * y, x2: 60 * x, y2: 60 * y };
  return svg("line", { class: "ring-tick", ...at });
}

function markOf({ target_s, state }, span_s) {
  const angle = (target_s / span_s) * 2 * Math.PI;
  const [x, y] = [RADIUS * Math.sin(angle), -RADIUS * Math.cos(angle)];
  const label = target_s % 60 ? `${target_s}″` : target_s / 60;
  return svg(
    "g",
    { class: `ring-mark ring-mark-${state}`, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` },
    svg("circle", { r: 11 }),
    svg("text", { y: 4.5 }, MARKS[state] || label),
  );
}

function lineOf(goal, gone_s) {
  const name = t(`goal.${goal.milestone}`, { limit: limit(goal.target_s), tier: term("tier", goal.tier) });
  const values = {
    time: duration(goal.value_s),
    left: duration(goal.target_s - gone_s),
    over: duration(gone_s - goal.target_s),
  };
  return h(
    "li",
    { class: `goal goal-${goal.state}` },
    h("span", { class: "goal-sign", "aria-hidden": "true" }, MARKS[goal.state] || "○"),
    h("span", { class: "goal-name" }, name),
    h("span", { class: "goal-value" }, t(`goal.is_${goal.state}`, values)),
    goal.station && h("span", { class: "goal-station" }, goal.station),
  );
}
