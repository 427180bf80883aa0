/** The registry page: one list at a time, searched, narrowed, opened; its address holds what it shows. */

import { get } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { h, redraw, replaceChildren } from "./dom.js";
import { Feed } from "./feed.js";
import { runFrame } from "./frame.js";
import { t, term } from "./i18n.js";
import { addRow, openRow } from "./registry_form.js";
import { showImport } from "./registry_import.js";
import { KINDS, nameOf } from "./registry_kinds.js";
import { readNames, regionChoices, stationName } from "./registry_names.js";

const PAGE = 50;
const WAIT_MS = 250;
const FILTERS = { people: "station", devices: "premises" };
const element = (id) => document.getElementById(id);
const search = element("find").elements;
const { edits_registry } = bootstrap.user;
let shown = { kind: "stations", rows: [], next: null };
let asked = 0;

/** What the address asks for. */
function wanted() {
  const query = new URLSearchParams(location.search);
  const kind = query.get("tab") in KINDS ? query.get("tab") : "stations";
  const filter = FILTERS[kind];
  const only = filter && query.get(filter);
  return { kind, q: query.get("q") ?? "", region: query.get("region") ?? "", ...(only && { [filter]: only }) };
}

function go({ kind, ...filters }) {
  const given = Object.entries({ tab: kind, ...filters }).filter(([, value]) => value);
  history.replaceState(null, "", `?${new URLSearchParams(given)}`);
  return read();
}

/** Read the list that the address asks for; an answer that comes after a newer question is dropped. */
async function read({ after = null } = {}) {
  const { kind, ...query } = wanted();
  const mine = ++asked;
  try {
    const page = await get(`/${kind}`, { ...query, limit: PAGE, cursor: after });
    if (mine !== asked) return;
    const rows = after ? [...shown.rows, ...page.items] : page.items;
    shown = { kind, rows, next: page.next };
    draw();
  } catch (problem) {
    if (mine === asked) replaceChildren(element("shown"), h("span", { class: "fault" }, problem.message));
  }
}

function draw() {
  const { kind, rows, next } = shown;
  element("kind-title").textContent = term("kind", kind);
  drawKinds(kind);
  drawFilter();
  replaceChildren(
    element("tools"),
    edits_registry &&
      h("button", { type: "button", onclick: () => addRow(kind, changed) }, `＋ ${t("registry.add")}`),
  );
  const n = rows.length;
  element("shown").textContent = next ? t("registry.shown_more", { n }) : t("registry.shown_all", { n });
  redraw(element("rows"), rows.length > 0 && tableOf(kind, rows));
  replaceChildren(
    element("more"),
    next &&
      h("button", { type: "button", onclick: () => read({ after: next }) }, t("registry.more")),
  );
}

function drawKinds(chosen) {
  redraw(
    element("kinds"),
    Object.keys(KINDS).map((kind) =>
      h(
        "button",
        {
          type: "button",
          "data-focus": kind,
          "aria-pressed": String(kind === chosen),
          onclick: () => go({ kind, q: search.q.value.trim(), region: search.region.value }),
        },
        term("kind", kind),
      ),
    ),
  );
}

/** Say that only one station's people, or one building's devices, are shown. */
function drawFilter() {
  const { kind, station, premises, ...rest } = wanted();
  const only = station ? stationName(station) : premises;
  element("only").hidden = !only;
  replaceChildren(
    element("only"),
    only && [
      t("registry.only", { of: only }),
      h("button", { type: "button", onclick: () => go({ kind, ...rest }) }, t("registry.all")),
    ],
  );
}

function tableOf(kind, rows) {
  const { key, columns } = KINDS[kind];
  const heads = columns.map(([name, , minor]) => h("th", { scope: "col", class: minor }, term("column", name)));
  const first = kind === "devices" ? "id" : "name";
  return h(
    "table",
    { class: "registry-table" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, term("column", first)), heads)),
    h(
      "tbody",
      {},
      rows.map((row) => {
        const open = () => openRow(kind, row[key], changed);
        return h(
          "tr",
          { "data-row": row[key] },
          h(
            "th",
            { scope: "row" },
            h(
              "button",
              { type: "button", class: "registry-open", "data-focus": `row-${row[key]}`, onclick: open },
              nameOf(kind, row),
            ),
            kind !== "devices" && h("small", { class: "quiet" }, row[key]),
          ),
          columns.map(([, cell, minor]) => h("td", { class: minor }, cell(row))),
        );
      }),
    ),
  );
}

/** A row was changed: names may have, too. */
async function changed() {
  await readNames();
  drawRegions();
  await read();
}

function drawRegions() {
  const { region } = wanted();
  replaceChildren(
    search.region,
    h("option", { value: "" }, t("registry.everywhere")),
    regionChoices().map(([group, options]) =>
      h(
        "optgroup",
        { label: group },
        options.map(([code, name]) => h("option", { value: code, selected: code === region }, name)),
      ),
    ),
  );
}

function listen() {
  let waiting = 0;
  const find = () => {
    clearTimeout(waiting);
    return go({ ...wanted(), q: search.q.value.trim(), region: search.region.value });
  };
  search.q.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(find, WAIT_MS);
  });
  search.region.addEventListener("change", find);
  element("find").addEventListener("submit", (event) => {
    event.preventDefault();
    find();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, dialog");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.q.focus();
  });
}

const feed = new Feed({ poll: () => get("/regions", { limit: 1 }), change: () => {} }, []);
search.q.value = wanted().q;
listen();
runFrame(feed, () => {});
await readNames();
drawRegions();
if (edits_registry) showImport(element("import"), element("import-body"), changed);
await Promise.all([read(), feed.start()]);
