/** How premises look on the map of coverage: what is not reached, gained or lost has a shape of its own. */

import { cross, triangle } from "./points_layer.js";

/** Styles of `PointsLayer`, by kind. */
export const PLACE_STYLES = {
  reached: { colour: "rgba(100, 211, 200, 0.6)", quiet: true },
  late: { colour: "#ff8467", draw: (pen, x, y, r) => triangle(pen, x, y, r, -1) },
  lost: { colour: "#ffc55c", draw: (pen, x, y, r) => triangle(pen, x, y, r, 1) },
  gained: { colour: "#5fd8a0", draw: cross },
};
