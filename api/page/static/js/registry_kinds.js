/** What each kind of row shows in its list, and which fields its form has. */

import { bootstrap } from "./bootstrap.js";
import { h } from "./dom.js";
import { t, term } from "./i18n.js";
import { regionChoices, regionName, stationChoices, stationName } from "./registry_names.js";

const { tier: TIERS, role: ROLES, kind: DEVICES, use: USES, language: LANGUAGES, source: SOURCES } = bootstrap.choices;
const LEVELS = TIERS.toReversed(); // as they lie within one another
const SOURCE_CHOICES = [["", SOURCES.map((source) => [source, source])]];

/**
 * By kind: `key` is the column of the id, `columns` the list's, `[column, cell, isMinor]`, of which minor ones
 * are left out on a phone; `fields` the form's. A field has a `type`: text, tel, number, note, choice (with
 * `options()`, groups of `[value, text]`), premises, or position.
 */
export const KINDS = {
  stations: {
    key: "id",
    columns: [
      ["tier", ({ tier }) => term("tier", tier)],
      ["region_code", ({ region_code }) => regionName(region_code), "minor"],
      ["active", stationState],
      ["position", placed, "minor"],
    ],
    fields: [
      { name: "name", type: "text", required: true },
      { name: "tier", type: "choice", required: true, options: () => words("tier", TIERS) },
      { name: "region_code", type: "choice", required: true, options: () => regionChoices() },
      { name: "position", type: "position", within: "region_code" },
    ],
  },
  people: {
    key: "id",
    columns: [
      ["role", ({ role }) => term("role", role)],
      ["phone", ({ phone }) => phone],
      ["home", homeOf],
      ["rank", ({ rank }) => rank, "minor"],
    ],
    fields: [
      { name: "name", type: "text", required: true },
      { name: "phone", type: "tel", required: true, hint: "phone" },
      { name: "role", type: "choice", required: true, options: () => words("role", ROLES) },
      { name: "station_id", type: "choice", options: stationChoices, hint: "home" },
      { name: "region_code", type: "choice", options: () => regionChoices() },
      { name: "rank", type: "number", min: 1, max: 99, hint: "rank" },
      { name: "language", type: "choice", options: () => [["", LANGUAGES.map((one) => [one, term("speaks", one)])]] },
    ],
  },
  premises: {
    key: "id",
    columns: [
      ["address", ({ address }) => address || "—"],
      ["village_code", ({ village_code }) => regionName(village_code)],
      ["use", ({ use }) => (use ? term("use", use) : "—"), "minor"],
      ["floors", ({ floors }) => floors ?? "—", "minor"],
      ["residents", ({ residents }) => residents ?? "—", "minor"],
      ["position", placed, "minor"],
    ],
    fields: [
      { name: "name", type: "text", required: true },
      { name: "address", type: "text" },
      { name: "village_code", type: "choice", required: true, options: villageChoices },
      { name: "position", type: "position", within: "village_code" },
      { name: "use", type: "choice", options: () => words("use", USES) },
      { name: "floors", type: "number", min: 0 },
      { name: "residents", type: "number", min: 0 },
      { name: "contact_name", type: "text" },
      { name: "contact_phone", type: "tel", hint: "phone" },
      { name: "notes", type: "note", hint: "notes" },
    ],
  },
  devices: {
    key: "id",
    columns: [
      ["kind", ({ kind }) => term("device", kind)],
      ["premises_id", ({ premises_id, station_id }) => stationName(station_id) ?? premises_id ?? "—"],
      ["spot", spotOf, "minor"],
      ["external_id", ({ source, external_id }) => `${source} · ${external_id}`, "minor"],
      ["state", ({ state }) => term("state", state)],
    ],
    fields: [
      { name: "kind", type: "choice", required: true, options: () => words("device", DEVICES) },
      { name: "premises_id", type: "premises", hint: "premises" },
      { name: "floor", type: "text" },
      { name: "room", type: "text" },
      { name: "source", type: "choice", required: true, options: () => SOURCE_CHOICES },
      { name: "external_id", type: "text", hint: "external_id" },
      { name: "heartbeat_s", type: "number", min: 1, hint: "heartbeat" },
    ],
  },
  regions: {
    key: "code",
    columns: [
      ["level", ({ level }) => term("level", level)],
      ["parent_code", ({ parent_code }) => (parent_code ? regionName(parent_code) : "—")],
      ["position", placed, "minor"],
    ],
    fields: [
      { name: "name", type: "text", required: true },
      { name: "level", type: "choice", required: true, options: () => words("level", LEVELS) },
      { name: "parent_code", type: "choice", options: aboveChoices, hint: "parent" },
      { name: "position", type: "position", within: "parent_code" },
    ],
  },
};

/** What a row is called; a device has no name. */
export function nameOf(kind, row) {
  return row.name ?? row[KINDS[kind].key];
}

function villageChoices() {
  return regionChoices(["village"]);
}

function aboveChoices() {
  return regionChoices(["district", "town"]);
}

function words(family, values) {
  return [["", values.map((value) => [value, term(family, value)])]];
}

function homeOf({ station_id, region_code }) {
  return stationName(station_id) ?? regionName(region_code);
}

function spotOf({ floor, room }) {
  return [floor && t("incident.floor", { floor }), room].filter(Boolean).join(" · ") || "—";
}

function placed({ lon }) {
  return lon === null ? h("span", { class: "registry-missing" }, `△ ${t("registry.no_place")}`) : "✓";
}

function stationState({ active, in_service }) {
  if (!active) return h("span", { class: "registry-missing" }, `○ ${t("registry.retired")}`);
  return in_service ? `● ${t("duty.is_in")}` : `◐ ${t("duty.is_out")}`;
}
