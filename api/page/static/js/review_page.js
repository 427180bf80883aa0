/** The response review: from the district to the incident behind a figure, all of it in the address. */

import { get } from "./api.js";
import { clock } from "./clock.js";
import { h, redraw } from "./dom.js";
import { Feed } from "./feed.js";
import { date } from "./format.js";
import { runFrame } from "./frame.js";
import { t, term } from "./i18n.js";
import { addressBehind, addressOf, monthlyAddress, queryOf, stateOf, yearOf } from "./review_address.js";
import { Behind } from "./review_behind.js";
import { falseAlarms } from "./review_false.js";
import { controls, quickPeriods } from "./review_form.js";
import { distributions, hours, trend } from "./review_pictures.js";
import { recordList } from "./review_records.js";
import { breadcrumb, figureTable, leftOut, scopeName } from "./review_rows.js";
import { stationChanges } from "./review_stations.js";

const PATIENCE_MS = 30_000;
const AGAIN_MS = 60_000; // a review is read in peace
const SOONEST_MS = 3000; // the same while the stream is cut, less than from poll to poll
const element = (id) => document.getElementById(id);
const feed = new Feed({ poll: reread, change: () => {} }, []);
const behind = new Behind(() => state.behind && leaveBehind());
let state = stateOf(location.search, date(clock.now()));
let shown = { key: "", text: "", review: null, at: Number.NEGATIVE_INFINITY };

/** Follow an address of this page, as the browser would. */
function go(address) {
  const opensBehind = !state.behind && new URLSearchParams(address.split("?")[1]).has("behind");
  history.pushState({ opensBehind }, "", address);
  arrive();
}

/** Show what the address says. */
async function arrive() {
  const before = state;
  state = stateOf(location.search, date(clock.now()));
  await load();
  if (before.region !== state.region) element("scope").focus();
}

/** Back to the figure: the step that opened the dialog is undone, or left where one came in by a sent link. */
function leaveBehind() {
  if (history.state?.opensBehind) history.back();
  else {
    history.replaceState(null, "", addressOf(state, { behind: "" }));
    arrive();
  }
}

async function reread({ deep }) {
  const isSame = shown.key === JSON.stringify(queryOf(state));
  if (!isSame || performance.now() - shown.at > (deep ? SOONEST_MS : AGAIN_MS)) await read();
  behind.show(state, shown.review);
}

/** Show what is asked for; where that fails, the page says so and the next poll tries again. */
async function load() {
  try {
    if (shown.key !== JSON.stringify(queryOf(state))) await read();
    behind.show(state, shown.review);
  } catch {
    feed.poll();
  }
}

/** Read the figures and draw them where they have changed. Rejects when the API does not answer. */
async function read() {
  const asked = { ...state, behind: "" };
  const key = JSON.stringify(queryOf(asked));
  const isAsked = () => key === JSON.stringify(queryOf(state)); // not so once something else is
  element("review").setAttribute("aria-busy", "true");
  hold(key !== shown.key);
  try {
    const found = await answers(asked);
    if (!isAsked()) return;
    element("fault").textContent = "";
    const text = JSON.stringify([key, found]);
    const isNew = text !== shown.text;
    shown = { key, text, review: found.review, at: performance.now() };
    if (isNew) draw(asked, found);
  } catch (problem) {
    if (isAsked()) element("fault").textContent = problem.message;
    throw problem;
  } finally {
    element("review").removeAttribute("aria-busy");
    if (isAsked()) hold(false);
  }
}

/** What stands there until the answer comes belongs to another question: its links would lead back to that. */
function hold(isHeld) {
  for (const part of document.querySelectorAll("#review section, .review-out")) part.inert = isHeld;
}

/** `{review, months, alarms}`: `months` as the trend takes them; what false alarms cannot say hides nothing else. */
async function answers(asked) {
  const { from, to, region, ...judged } = queryOf(asked);
  const year = queryOf(yearOf(asked));
  const ask = (path, query) => get(path, query, PATIENCE_MS);
  const [review, past, alarms] = await Promise.all([
    ask("/reports/review", { from, to, region, ...judged }),
    year.from < from ? ask("/reports/review", year) : null,
    ask("/reports/false-alarms", { from, to, region }).catch(({ message }) => ({ fault: message })),
  ]);
  const span = past ? { from: year.from, to: year.to } : {};
  return { review, months: { of: (past ?? review).months, span }, alarms };
}

/** Draw every part; the links of the page are those of a state with no records open. */
function draw(state, { review, months, alarms }) {
  const today = date(clock.now());
  const open = (filter) => go(addressBehind(state, filter));
  document.title = `${scopeName(review.scope)} ${state.from} – ${state.to} · ${t("review.title")}`;
  redraw(element("asked"), controls(state, review, today, go));
  redraw(element("quick"), quickPeriods(state, today));
  redraw(element("breadcrumb"), breadcrumb(state, review));
  element("scope").textContent = `${scopeName(review.scope)} · ${term("interval", review.interval)}`;
  element("note").textContent = t("review.note", { profile: term("profile_note", review.profile) });
  redraw(element("figures"), figures(state, review));
  drawings("spread", distributions(state, review, open));
  drawings("months", trend(state, review, months, open));
  drawings("hours", hours(state, review, open));
  redraw(element("stations"), stationChanges(state, review));
  redraw(element("left-out"), leftOut(state, review));
  redraw(element("false"), falseAlarms(state, alarms));
  linkOut(state);
}

function figures(state, review) {
  const empty = !review.totals.length && h("p", { class: "calm" }, t("review.empty"));
  const rows = figureTable(state, review);
  const incidents = review.children_level === "incident" &&
    !empty && [h("h3", {}, t("review.incidents_here")), recordList(state, {})];
  return [empty, (!empty || review.children.length > 0) && rows, incidents];
}

function drawings(id, pictures) {
  element(`${id}-section`).hidden = !pictures.length;
  redraw(element(id), pictures);
}

/** Links that leave with what is looked at: the files, the printed month, the other language. */
function linkOut(state) {
  const { from, to, region } = queryOf(state);
  const query = new URLSearchParams({ from, to, ...(region && { region }) });
  element("csv").href = `/api/v1/reports/responses.csv?${query}`;
  element("xlsx").href = `/api/v1/reports/responses.xlsx?${query}`;
  element("monthly").href = monthlyAddress(state);
  const language = document.querySelector(".bar a[hreflang]");
  language.href = `${addressOf(state)}&lang=${language.hreflang}`;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="/review?"]:not([hreflang])');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});
addEventListener("popstate", arrive);
element("asked").addEventListener("submit", (event) => event.preventDefault());
runFrame(feed, () => {});
await load();
await feed.start();
