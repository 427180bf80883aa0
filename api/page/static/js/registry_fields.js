/** The fields of a row's form, with a line of help and a place for the server's fault at each. */

import { get } from "./api.js";
import { h, replaceChildren } from "./dom.js";
import { t, term } from "./i18n.js";
import { addressOf } from "./places.js";
import { columnOf, inWords } from "./registry_faults.js";
import { positionField } from "./registry_position.js";

const WAIT_MS = 250;
const OFFERED = 20;

/** The elements of a form for a row, empty for a new one; `form()` gives the form once it is there. */
export function fieldsFor(fields, row, form) {
  return fields.map((field) => {
    if (field.type === "position") {
      const within = () => form().elements[field.within]?.value;
      return [positionField(row, within), faultPlace("lon"), faultPlace("lat"), faultPlace("crs")];
    }
    const hint = field.hint && h("small", { id: `hint-${field.name}` }, term("hint", field.hint));
    const label = h(
      "label",
      { class: "line", for: `field-${field.name}` },
      h("span", {}, term("column", field.name), field.required && ` (${t("registry.required")})`),
    );
    const filled = control(field, row[field.name] ?? "");
    return h("div", { class: "line" }, label, filled, hint, faultPlace(field.name));
  });
}

function control(field, value) {
  const { name, type, required, min, max, hint } = field;
  const common = { id: `field-${name}`, name, required, "aria-describedby": hint && `hint-${name}` };
  if (type === "choice") return select(field, value, common);
  if (type === "note") return h("textarea", { ...common, rows: 3, maxlength: 2000 }, value);
  if (type === "premises") return premisesInput(value, common);
  const kind = type === "number" ? { type, min, max, step: 1 } : { type, maxlength: 200 };
  return h("input", { ...common, ...kind, value, autocomplete: "off" });
}

function select({ options }, value, common) {
  const groups = options();
  const known = groups.some(([, group]) => group.some(([one]) => one === value));
  const option = ([one, text]) => h("option", { value: one, selected: one === value }, text);
  return h(
    "select",
    common,
    h("option", { value: "" }, "—"),
    value !== "" && !known && option([value, value]),
    groups.map(([label, group]) =>
      label ? h("optgroup", { label }, group.map(option)) : group.map(option),
    ),
  );
}

/** The id of a building, with the buildings that hold what is typed. */
function premisesInput(value, common) {
  const list = h("datalist", { id: `${common.id}-list` });
  let waiting = 0;
  const offer = async (q) => {
    const found = await get("/premises", { q, limit: OFFERED }).catch(() => ({ items: [] }));
    replaceChildren(
      list,
      found.items.map((place) => h("option", { value: place.id }, addressOf(place))),
    );
  };
  const input = h("input", {
    ...common,
    value,
    list: list.id,
    autocomplete: "off",
    oninput: () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => offer(input.value.trim()), WAIT_MS);
    },
  });
  return [input, list];
}

function faultPlace(name) {
  return h("p", { class: "fault", id: `fault-${name}` });
}

/** The columns that a form says otherwise than the row; empty ones as null, a position as a whole. */
export function changesOf(fields, row, values) {
  const changed = {};
  for (const { name, type } of fields) {
    if (type === "position") Object.assign(changed, movedTo(row, values));
    else if (values[name].trim() !== String(row[name] ?? "")) changed[name] = given(type, values[name].trim());
  }
  return changed;
}

function movedTo(row, { lon, lat, crs }) {
  const same = lon === String(row.lon ?? "") && lat === String(row.lat ?? "") && crs === "wgs84";
  return same ? {} : { lon: given("number", lon), lat: given("number", lat), crs };
}

function given(type, text) {
  if (text === "") return null;
  return type === "number" ? Number(text) : text;
}

/** Say the server's faults at their fields and go to the first; gives what belongs to no field. */
export function showFaults(form, errors) {
  clearFaults(form);
  const rest = [];
  for (const [column, message] of errors.map(columnOf)) {
    const place = form.querySelector(`#fault-${CSS.escape(column)}`);
    if (!place) {
      rest.push(inWords(message));
      continue;
    }
    place.textContent = `▲ ${inWords(message)}`;
    const field = form.elements[column];
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-errormessage", place.id);
  }
  form.querySelector("[aria-invalid]")?.focus();
  return rest;
}

function clearFaults(form) {
  for (const place of form.querySelectorAll("[id^=fault-]")) place.textContent = "";
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-errormessage");
  }
}
