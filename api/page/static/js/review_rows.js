/** The three-tier view: the figures of the region looked at and of its parts, each part opening the next level. */

import { bootstrap } from "./bootstrap.js";
import { h } from "./dom.js";
import { t, term } from "./i18n.js";
import { addressOf } from "./review_address.js";
import { figure, figureCells, figureHeads } from "./review_figures.js";
import { table } from "./table.js";

const UNKNOWN = "unknown"; // the API's code for a division that is not known

/** Where one stands: the regions above, each a link, and the present one. */
export function breadcrumb(state, { scope }) {
  const steps = scope.parents.map(({ code, name }) =>
    h("li", {}, h("a", { href: addressOf(state, { region: code }) }, name)),
  );
  const seesAll = bootstrap.user.region === null && scope.level !== "all";
  const top =
    seesAll && h("li", {}, h("a", { href: addressOf(state, { region: "" }) }, t("review.everywhere")));
  return h("ol", {}, top, steps, h("li", { "aria-current": "page" }, scopeName(scope)));
}

/** The name of what is looked at. */
export function scopeName({ name }) {
  return name ?? t("review.everywhere");
}

/** One tier a row for the region itself, then for each of its parts. */
export function figureTable(state, review) {
  const { children, children_level, scope, totals } = review;
  const heads = [t(`review.level.${children_level}`), ...figureHeads()];
  const parts = children.map((child) =>
    group(state, childName(state, child), child.figures, { group: child.code }),
  );
  const whole = group(state, h("strong", {}, t("review.whole", { name: scopeName(scope) })), totals, {});
  whole.classList.add("whole");
  return table(heads, [whole, ...parts], { class: "figures" });
}

function childName(state, { code, name }) {
  if (code === UNKNOWN) return t("review.unknown");
  return h("a", { href: addressOf(state, { region: code }), "data-focus": `row-${code}` }, name);
}

/** The rows of one group: its name beside one row a tier. */
function group(state, name, figures, filter) {
  const heading = h(
    "th",
    { scope: "rowgroup", rowspan: Math.max(1, figures.length), class: "group-name" },
    name,
  );
  if (!figures.length) {
    const nothing = h("td", { colspan: figureHeads().length, class: "quiet" }, t("review.no_records"));
    return h("tbody", {}, h("tr", {}, heading, nothing));
  }
  const rows = figures.map((own, i) => h("tr", {}, i === 0 && heading, figureCells(state, own, filter)));
  return h("tbody", {}, rows);
}

/** What is left out of the figures, by reason, each with its records. */
export function leftOut(state, { left_out }) {
  const reasons = Object.entries(left_out);
  if (reasons.every(([, n]) => !n)) return h("p", { class: "quiet" }, t("review.nothing_left_out"));
  return h(
    "ul",
    { class: "left-out" },
    reasons.map(([reason, n]) =>
      h("li", {}, term("left_out", reason), " ", figure(state, n, { left_out: reason }, n)),
    ),
  );
}
