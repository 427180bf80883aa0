/** One row in a dialog: read, edited, added; a station retired and brought back. */

import { getVersioned, patch, put } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { t, term } from "./i18n.js";
import { changesOf, fieldsFor, showFaults } from "./registry_fields.js";
import { KINDS, nameOf } from "./registry_kinds.js";

const { edits_registry } = bootstrap.user;

/** Show a row as it is now; whoever may, edits it. `saved()` follows a change. */
export async function openRow(kind, id, saved) {
  const path = pathOf(kind, id);
  let found;
  try {
    found = await getVersioned(path);
  } catch (problem) {
    ask({ title: id, fields: h("p", { class: "fault" }, problem.message) });
    return;
  }
  const { row, version } = found;
  const title = `${term("kind", kind)} · ${nameOf(kind, row)}`;
  if (!edits_registry) {
    ask({ title, fields: [factsOf(kind, row), links(kind, row)] });
    return;
  }
  const { fields } = KINDS[kind];
  askRow({
    title,
    fields: [
      h("p", { class: "quiet" }, `${term("column", KINDS[kind].key)}: ${id}`),
      fieldsFor(fields, row, openForm),
      links(kind, row),
      kind === "stations" && retiring(row, path, version, saved),
    ],
    send: (values) => {
      const changed = changesOf(fields, row, values);
      return Object.keys(changed).length ? patch(path, changed, { "If-Match": version }) : null;
    },
    saved,
  });
}

/** Ask for a new row; an id that is in use is refused. */
export function addRow(kind, saved) {
  const { key, fields } = KINDS[kind];
  const withKey = [{ name: key, type: "text", required: true, hint: "id" }, ...fields];
  askRow({
    title: `${t("registry.add")} · ${term("kind", kind)}`,
    fields: fieldsFor(withKey, {}, openForm),
    send: (values) => {
      const { [key]: id, ...row } = changesOf(withKey, {}, values);
      return put(pathOf(kind, id), row, { "If-None-Match": "*" });
    },
    saved,
  });
}

function pathOf(kind, id) {
  return `/${kind}/${encodeURIComponent(id)}`;
}

function openForm() {
  return document.querySelector("dialog[open] form");
}

function askRow({ title, fields, send, saved }) {
  ask({
    title,
    fields,
    isLong: true,
    submit: t("registry.save"),
    send: async (values) => {
      const form = openForm();
      try {
        await send(values);
      } catch (problem) {
        if (!problem.errors) throw problem;
        const rest = showFaults(form, problem.errors);
        throw new Error(rest.join(" ") || t("registry.see_fields", { n: problem.errors.length }));
      }
    },
    done: saved,
  });
}

/** What a reader sees of a row. */
function factsOf(kind, row) {
  const { key, columns } = KINDS[kind];
  const fact = (name, value) => h("div", {}, h("dt", {}, term("column", name)), h("dd", {}, value));
  const more = ["contact_name", "contact_phone", "notes"].filter((name) => row[name]);
  return h(
    "dl",
    { class: "facts" },
    fact(key, row[key]),
    columns.map(([name, cell]) => fact(name, cell(row))),
    more.map((name) => fact(name, row[name])),
  );
}

/** Where more is to be found about a row. */
function links(kind, row) {
  const of = (tab, filter) => `/registry?${new URLSearchParams({ tab, ...filter })}`;
  const duty = (find) => `/duty?${new URLSearchParams({ find })}`;
  const found = {
    stations: () => [
      [of("people", { station: row.id }), t("registry.its_people")],
      [duty(row.id), t("registry.its_duty")],
    ],
    people: () => [[duty(row.station_id ?? row.name), t("registry.its_shifts")]],
    premises: () => [[of("devices", { premises: row.id }), t("registry.its_devices")]],
    devices: () => [["/devices", t("registry.its_tests")]],
    regions: () => [[of("premises", { region: row.code }), t("registry.its_premises")]],
  }[kind]();
  return h(
    "p",
    { class: "registry-links" },
    found.map(([href, text]) => h("a", { href }, text)),
  );
}

function retiring(station, path, version, saved) {
  const label = station.active ? t("registry.retire") : t("registry.bring_back");
  const sure = (event) => {
    const form = event.target.closest("dialog");
    ask({
      title: `${label} · ${station.name}`,
      fields: h("p", {}, station.active ? t("registry.retire_effect") : t("registry.bring_back_effect")),
      submit: label,
      send: () => patch(path, { active: !station.active }, { "If-Match": version }),
      done: () => {
        form.close();
        return saved();
      },
    });
  };
  return h("button", { type: "button", onclick: sure }, label);
}
