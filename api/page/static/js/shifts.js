/** A person's turns of duty and days off in one dialog: what is sent replaces what was there. */

import { get, put } from "./api.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { changed } from "./duty_dialogs.js";
import { t, term } from "./i18n.js";

const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DATED = ["date", "off"];

/** Read the person's shifts, then ask for the new ones. */
export async function askShifts({ person_id, name }) {
  const path = `/people/${encodeURIComponent(person_id)}/shifts`;
  const known = await get(path).catch((problem) => problem);
  const list = h("ul", { class: "shifts" }, (known.items ?? []).map(row));
  const add = (item) => {
    const added = row(item);
    list.append(added);
    added.querySelector("select").focus();
  };
  ask({
    title: `${t("duty.shifts")} · ${name}`,
    fields: known.items
      ? [
          h("p", { class: "quiet" }, t("duty.shifts_note")),
          list,
          h(
            "div",
            { class: "duty-buttons" },
            adder(t("duty.add_turn"), () => add({ weekday: "mon", from: "08:00", to: "20:00" })),
            adder(t("duty.add_day_off"), () => add({})),
          ),
        ]
      : h("p", { class: "fault" }, known.message),
    submit: known.items && t("duty.save"),
    send: () => put(path, { items: [...list.children].map(itemOf) }),
    done: changed,
  });
}

function adder(label, onclick) {
  return h("button", { type: "button", onclick }, label);
}

/** One turn: which day, from when to when; a day off has a date alone. */
function row(item) {
  const chosen = item.weekday ?? (item.from ? "date" : "off");
  const kind = h(
    "select",
    { name: "day", "aria-label": t("duty.day"), onchange: () => show() },
    [...WEEKDAYS, ...DATED].map((day) =>
      h("option", { value: day, selected: day === chosen }, term("weekday", day)),
    ),
  );
  const on = field("date", t("duty.date"), item.date);
  const from = field("time", t("duty.from"), item.from);
  const to = field("time", t("duty.to"), item.to);
  const take = h(
    "button",
    { type: "button", "aria-label": t("duty.remove"), onclick: () => made.remove() },
    "✕",
  );
  const made = h("li", {}, kind, on, from, to, take);
  const show = () => {
    on.hidden = !DATED.includes(kind.value);
    from.hidden = to.hidden = kind.value === "off";
    on.required = !on.hidden;
    from.required = to.required = !from.hidden;
  };
  show();
  return made;
}

function field(type, label, value) {
  return h("input", { type, "aria-label": label, value: value ?? "" });
}

function itemOf(made) {
  const [kind, on, from, to] = made.children;
  const day = DATED.includes(kind.value) ? { date: on.value } : { weekday: kind.value };
  return kind.value === "off" ? day : { ...day, from: from.value, to: to.value };
}
