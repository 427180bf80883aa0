/** The marks of the picture in words, and how the keyboard walks over them. */

import { duration, time } from "./format.js";
import { t, term } from "./i18n.js";
import { MILESTONES } from "./lanes.js";

/** The word under a mark. */
export function markWord({ name }) {
  return MILESTONES.includes(name) ? term("milestone", name) : term("mark", name);
}

/** A mark in full: whose, what, when after the alarm and by the wall clock, how it is known, what it was before. */
export function markLabel({ station }, mark) {
  const { what, fact, before, s, at } = mark;
  const parts = [
    station?.station_name,
    markWord(mark),
    what && [term("device", what.kind), what.floor && t("incident.floor", { floor: what.floor }), what.room],
    `${duration(s)} (${time(at)})`,
    fact && t("lanes.known_by", { source: term("source", fact.source), clock: term("clock", fact.clock) }),
    before && t("lanes.corrected", { time: time(before) }),
  ];
  return parts.flat().filter(Boolean).join(" · ");
}

/**
 * One stop for the tab key, arrows between marks: left and right along a lane, up and down to the nearest
 * mark of the next. `focus` is the key of the mark that had the keyboard; `tell(text)` shows what one says.
 */
export function walkMarks(picture, focus, tell) {
  const marks = [...picture.querySelectorAll(".mark")];
  const had = focus && marks.find((mark) => mark.dataset.focus === focus);
  const stop = had || marks[0];
  stop?.setAttribute("tabindex", "0");
  if (had) had.focus({ preventScroll: true });
  picture.addEventListener("focusin", ({ target }) => {
    for (const mark of marks) mark.setAttribute("tabindex", mark === target ? "0" : "-1");
    tell(target.getAttribute("aria-label"));
  });
  picture.addEventListener("pointerover", ({ target }) => {
    const mark = target.closest(".mark");
    if (mark) tell(mark.getAttribute("aria-label"));
  });
  picture.addEventListener("keydown", (event) => {
    const next = neighbour(event.key, document.activeElement, marks);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

function neighbour(key, mark, marks) {
  const lane = mark.closest(".lane");
  const lanes = [...lane.parentElement.querySelectorAll(".lane")];
  const own = marks.filter((one) => lane.contains(one));
  const column = own.indexOf(mark);
  const nearest = (other) => {
    const there = marks.filter((one) => other?.contains(one));
    return there.sort((a, b) => away(a, mark) - away(b, mark))[0];
  };
  const steps = {
    ArrowRight: () => own[column + 1],
    ArrowLeft: () => own[column - 1],
    ArrowDown: () => nearest(lanes[lanes.indexOf(lane) + 1]),
    ArrowUp: () => nearest(lanes[lanes.indexOf(lane) - 1]),
  };
  return steps[key]?.();
}

function away(a, b) {
  return Math.abs(a.dataset.at - b.dataset.at);
}
