/**
 * The common time axis of the lanes: seconds since the alarm to a share of the width. Pure.
 *
 * Up to a quarter of an hour it is even. After that it is drawn together (inverse hyperbolic sine), so
 * that the first minutes, which the targets are about, stay readable beside hours of mopping up.
 */

const ENDS = [300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
const EVEN_UP_TO_S = 900;
const NEARLY_EVEN_S = 120; // how much of a drawn-together axis is nearly even
const MARKED = [0, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
const EVERY_DAYS = 7;

/** `{start_s, end_s, isEven, share(seconds), ticks}` for an axis from the alarm, or before it, to `last_s`. */
export function axisOf(first_s, last_s) {
  const start_s = Math.min(0, first_s);
  const end_s = ENDS.find((end) => end >= last_s) ?? Math.ceil(last_s / 86_400) * 86_400;
  const isEven = end_s - start_s <= EVEN_UP_TO_S;
  const bent = isEven ? (seconds) => seconds : (seconds) => Math.asinh(seconds / NEARLY_EVEN_S);
  const share = (seconds) => (bent(seconds) - bent(start_s)) / (bent(end_s) - bent(start_s));
  return { start_s, end_s, isEven, share, ticks: ticksOf(end_s, isEven) };
}

/** Those of the ticks that have `room_px` to their left on an axis of `width_px`. */
export function roomyTicks(axis, width_px, room_px) {
  let taken = -Infinity;
  return axis.ticks.filter((seconds) => {
    const x = axis.share(seconds) * width_px;
    if (x - taken < room_px) return false;
    taken = x;
    return true;
  });
}

function ticksOf(end_s, isEven) {
  if (isEven) return Array.from({ length: Math.floor(end_s / 60) + 1 }, (_, minute) => minute * 60);
  const days = Array.from({ length: EVERY_DAYS }, (_, day) => (day + 2) * 86_400);
  return [...MARKED, ...days].filter((seconds) => seconds <= end_s);
}
