/** The timeline as a picture: lanes on one axis, marks the keyboard reaches, targets, the present moving on. */

import { clock } from "./clock.js";
import { h, replaceChildren, svg } from "./dom.js";
import { duration, limit } from "./format.js";
import { elapsed } from "./goals.js";
import { t, term } from "./i18n.js";
import { dodged, fitting, widthOf } from "./lane_layout.js";
import { lanesOf, lastSecond, MILESTONES, OF_THE_INCIDENT } from "./lanes.js";
import { markLabel, markWord, walkMarks } from "./lane_marks.js";
import { TIER_SIGNS } from "./naming.js";
import { axisOf, roomyTicks } from "./time_axis.js";

const EDGE = 14; // half a mark
const AXIS = 26;
const LANE = 84;
const TRACK = 36; // from a lane's top
const WORDS = 62;
const TARGETS = 77;
const APART = 24; // between marks: a finger's least width (WCAG 2.2, 2.5.8)
const SIZE = 12;
const TITLE_SIZE = 13;
const HEIGHTS = { told: 2, coming: 7, there: 13 };
const STATE_SIGNS = { met: "✓", late: "✕", overdue: "!", missing: "?", waiting: "○" };

/** `element` is the picture; `tick()` brings it to the present second. */
export class LaneChart {
  #incident;
  #lanes;
  #plan;
  #axis = null;
  #width = 0;
  #live = svg("g", { "aria-hidden": "true" });
  #drawing = h("div", { class: "lanes-drawing" });
  #tip = h("p", { class: "lanes-tip" });

  constructor(plan) {
    this.#plan = plan;
    this.element = h("div", { class: "lanes" }, this.#drawing, this.#tip, legend());
    new ResizeObserver(() => this.#fit()).observe(this.#drawing);
  }

  show(incident, timeline) {
    this.#incident = incident;
    this.#lanes = lanesOf(incident, timeline, this.#plan);
    this.#draw();
  }

  tick() {
    if (!this.#lanes || this.#incident.status === "closed") return;
    if (this.#lastSecond() > this.#axis.end_s) this.#draw();
    else this.#drawLive();
  }

  #fit() {
    if (this.#lanes && this.#drawing.clientWidth !== this.#width) this.#draw();
  }

  #now() {
    return elapsed(this.#incident, clock.now());
  }

  #lastSecond() {
    return lastSecond(this.#lanes, this.#now());
  }

  #x(seconds) {
    const share = Math.min(1, Math.max(0, this.#axis.share(seconds)));
    return EDGE + share * (this.#width - 2 * EDGE);
  }

  #draw() {
    this.#width = this.#drawing.clientWidth || 640;
    const first_s = Math.min(...this.#lanes.flatMap((lane) => lane.marks.map((mark) => mark.s)));
    this.#axis = axisOf(first_s, this.#lastSecond());
    const height = AXIS + this.#lanes.length * LANE;
    const marks = this.#lanes.map((lane, index) => this.#lane(lane, AXIS + index * LANE));
    const picture = svg(
      "svg",
      {
        viewBox: `0 0 ${this.#width} ${height}`,
        class: "lanes-picture",
        role: "group",
        "aria-label": t("lanes.title"),
      },
      this.#ticks(height),
      this.#live,
      marks,
    );
    const focus = document.activeElement?.dataset?.focus;
    replaceChildren(this.#drawing, picture);
    walkMarks(picture, focus, (text) => (this.#tip.textContent = text));
    this.#tip.textContent ||= this.#axis.isEven ? t("lanes.hint") : t("lanes.hint_bent");
    this.#drawLive();
  }

  #ticks(height) {
    return roomyTicks(this.#axis, this.#width - 2 * EDGE, 44).map((seconds) =>
      svg(
        "g",
        { class: "lanes-tick", "aria-hidden": "true" },
        svg("line", { x1: this.#x(seconds), x2: this.#x(seconds), y1: AXIS - 6, y2: height }),
        fitting([{ x: this.#x(seconds), text: duration(seconds) }], SIZE, this.#width).map(({ left, text }) =>
          svg("text", { x: left, y: 14 }, text),
        ),
      ),
    );
  }

  #lane(lane, top) {
    const places = dodged(
      lane.marks.map((mark) => this.#x(mark.s)),
      APART,
      this.#width - EDGE,
    );
    const words = lane.marks.map((mark, index) => ({
      x: places[index],
      text: `${markWord(mark)} ${duration(mark.s)}`,
    }));
    return svg(
      "g",
      { class: "lane", "data-lane": lane.key },
      svg("line", { class: "lane-edge", x1: 0, x2: this.#width, y1: top, y2: top }),
      svg("text", { class: "lane-title", x: 2, y: top + 17 }, laneTitle(lane, this.#width)),
      svg("line", {
        class: "lane-track",
        x1: EDGE,
        x2: this.#width - EDGE,
        y1: top + TRACK,
        y2: top + TRACK,
      }),
      lane.marks.map((mark, index) => this.#mark(lane, mark, places[index], top + TRACK)),
      this.#words(words, lane, top),
    );
  }

  /** The words of the marks in one row; the incident's own lane has no targets and takes a second one. */
  #words(words, lane, top) {
    const first = fitting(words, SIZE, this.#width);
    const left_over = words.filter(({ x }) => !first.some((word) => word.x === x));
    const second = lane.station ? [] : fitting(left_over, SIZE, this.#width);
    const drawn = (y) => ({ left, text }) =>
      svg("text", { class: "lane-word", x: left, y, "aria-hidden": "true" }, text);
    return [first.map(drawn(top + WORDS)), second.map(drawn(top + TARGETS))];
  }

  #mark(lane, mark, x, y) {
    const label = markLabel(lane, mark);
    return svg(
      "a",
      {
        class: `mark mark-${mark.name} ${mark.before ? "mark-corrected" : ""}`,
        href: mark.fact ? `#fact-${mark.fact.id}` : "#timeline",
        "aria-label": label,
        tabindex: "-1",
        "data-focus": `${lane.key}-${mark.name}-${mark.at}`,
        "data-at": mark.s,
      },
      svg("title", {}, label),
      svg("line", { class: "mark-foot", x1: this.#x(mark.s), x2: x, y1: y, y2: y - 2 }),
      svg("circle", { class: "mark-reach", cx: x, cy: y, r: APART / 2 }),
      svg("circle", { class: "mark-disc", cx: x, cy: y, r: 10 }),
      svg("text", { class: "mark-glyph", x, y: y + 4, "aria-hidden": "true" }, term("glyph", mark.name)),
    );
  }

  #drawLive() {
    const now_s = this.#now();
    const parts = this.#lanes.map((lane, index) => {
      const top = AXIS + index * LANE;
      return [
        lane.bars(now_s).map((bar) => this.#bar(bar, top + TRACK)),
        lane.targets(now_s).map((target) => this.#targetLine(target, top)),
        this.#targetWords(lane.targets(now_s), top),
      ];
    });
    const height = AXIS + this.#lanes.length * LANE;
    const x = this.#x(now_s);
    const isOpen = this.#incident.status !== "closed";
    replaceChildren(
      this.#live,
      parts,
      isOpen && svg("line", { class: "lanes-now", x1: x, x2: x, y1: AXIS - 6, y2: height }),
    );
  }

  #bar({ name, from, to }, y) {
    const [x, end] = [this.#x(from), this.#x(to)];
    const height = HEIGHTS[name];
    return svg("rect", { class: `bar-${name}`, x, y: y - height / 2, width: Math.max(0, end - x), height });
  }

  #targetLine({ s, state }, top) {
    const x = this.#x(s);
    return svg("line", { class: `target target-${state}`, x1: x, x2: x, y1: top + 22, y2: top + 66 });
  }

  #targetWords(targets, top) {
    const words = targets.map(({ name, s, limit_s, state }) => ({
      x: this.#x(s),
      text: `${STATE_SIGNS[state]} ${t(`target.${name}`, { limit: limit(limit_s) })}`,
      state,
    }));
    return fitting(words, SIZE, this.#width).map(({ left, text, state }) =>
      svg("text", { class: `target-word target-${state}`, x: left, y: top + TARGETS }, text),
    );
  }
}

/** Name and why it was sent; only the name where there is no room for more. */
function laneTitle({ station }, width) {
  if (!station) return t("lanes.incident");
  const declined = station.status === "declined" && `✕ ${t("status.declined")}`;
  const name = [`${TIER_SIGNS[station.tier]} ${station.station_name}`, declined].filter(Boolean).join(" · ");
  const whole = `${name} · ${term("reason", station.reason)}`;
  return widthOf(whole, TITLE_SIZE) <= width ? whole : name;
}

/** What the signs say, in words. */
function legend() {
  const targets = ["met", "late", "overdue", "missing"];
  return h(
    "p",
    { class: "lanes-legend quiet" },
    [...MILESTONES, ...OF_THE_INCIDENT].map((name) => [
      h("b", {}, term("glyph", name)),
      ` ${markWord({ name })}  `,
    ]),
    targets.map((state) => [h("b", {}, STATE_SIGNS[state]), ` ${t(`target_state.${state}`)}  `]),
  );
}
