/** The records or false alarms behind a figure: a list that grows by pages, each line leading to its incident. */

import { get } from "./api.js";
import { h, replaceChildren } from "./dom.js";
import { dateTime } from "./format.js";
import { t, term } from "./i18n.js";
import { incidentAddress, TIER_SIGNS } from "./naming.js";
import { queryOf } from "./review_address.js";
import { FALSE_ALARMS } from "./review_false.js";
import { cell, took } from "./review_figures.js";
import { table } from "./table.js";

const PAGE = 50;
const NO_CODE = "-"; // loaded history has none
const LISTS = {
  records: {
    path: "/reports/review/records",
    heads: ["incident", "opened", "place", "station", "took"],
    row: recordRow,
  },
  [FALSE_ALARMS]: {
    path: "/reports/false-alarms/incidents",
    heads: ["incident", "opened", "place", "cause"],
    row: falseAlarmRow,
  },
};

/** The list of a filter, as an element that fills itself; `counted(total)` hears how many there are. */
export function recordList(state, filter, counted = () => {}) {
  const { list = "records", ...asked } = filter;
  const { path, heads, row } = LISTS[list] ?? LISTS.records;
  const { from, to, region, ...judged } = queryOf(state);
  const query = { from, to, region, ...(list !== FALSE_ALARMS && judged), ...asked, limit: PAGE };
  const body = h("tbody");
  const note = h("p", { class: "quiet", role: "status" }, t("review.loading"));
  const more = h("button", { type: "button", hidden: true }, t("past.more"));
  const grow = async (cursor) => {
    more.disabled = true;
    try {
      const page = await get(path, { ...query, cursor });
      body.append(...page.items.map(row));
      note.textContent = shownText(body.children.length, page.total);
      counted(page.total);
      more.hidden = !page.next;
      more.onclick = () => grow(page.next);
    } catch (problem) {
      note.textContent = problem.message;
    }
    more.disabled = false;
  };
  const element = h("div", { class: "records" });
  const named = heads.map((name) => t(`review.head.${name}`));
  replaceChildren(element, table(named, body, { class: "figures" }), note, more);
  grow(null);
  return element;
}

function shownText(shown, total) {
  if (!total) return t("review.no_records");
  return shown < total ? t("review.first_of", { n: shown, total }) : t("review.all_of", { n: total });
}

function recordRow(record) {
  const { station, tier, interval_s, over_target, target_s, missing, left_out } = record;
  return h(
    "tr",
    { "data-incident": record.incident_id },
    heading(record),
    placeCells(record),
    cell(
      "station",
      h("span", { class: `tier-sign tier-${tier}`, "aria-hidden": "true" }, TIER_SIGNS[tier]),
      station,
    ),
    cell(
      "took",
      h("strong", {}, took(interval_s)),
      over_target &&
        h(
          "span",
          { class: "fault" },
          ` ✕ ${t("review.by_over", { time: took(Math.ceil(interval_s) - target_s) })}`,
        ),
      over_target === false && h("span", { class: "met" }, " ✓"),
      missing.length > 0 &&
        h("span", { class: "quiet" }, ` ${t("review.without", { what: missing.map(milestone).join("、") })}`),
      left_out &&
        h("span", { class: "quiet" }, ` ${t("review.left_out_for", { why: term("left_out", left_out) })}`),
    ),
  );
}

function falseAlarmRow(incident) {
  const cause = cell("cause", incident.cause ?? t("review.false.no_cause"));
  return h("tr", { "data-incident": incident.incident_id }, heading(incident), placeCells(incident), cause);
}

function milestone(name) {
  return term("milestone", name);
}

/** The incident's code; one of the years before has none and goes by its disposition. */
function heading({ incident_id, code, disposition }) {
  const name = code === NO_CODE ? term("disposition", disposition ?? "other") : code;
  return h("th", { scope: "row" }, h("a", { href: incidentAddress({ id: incident_id }) }, name));
}

function placeCells({ opened_at, place, address, village }) {
  const where = address && address !== place ? address : village;
  return [
    cell("opened", dateTime(opened_at)),
    cell("place", place, where && h("div", { class: "quiet" }, where)),
  ];
}
