/** The building of an incident: who needs help and what is open, floor by floor; water, keys, the way in. */

import { askCard } from "./card_dialog.js";
import { h } from "./dom.js";
import { dateTime, time } from "./format.js";
import { t, term } from "./i18n.js";
import { phone } from "./phone.js";

/** The first lines of the page: what burns, who needs help, who comes. */
export function gistOf(incident, building) {
  const sounded = incident.signals.map(soundedText);
  const help = building.storeys.flatMap((storey) => [
    ...storey.needs_help.map((text) => at(storey, `${SIGNS.help} ${text}`)),
    ...storey.windows.filter((one) => one.open).map((one) => at(storey, windowText(one))),
  ]);
  const dangers = building.storeys.flatMap((storey) =>
    storey.hazards.map((text) => at(storey, `${SIGNS.hazard} ${text}`)),
  );
  return h(
    "dl",
    { class: "gist" },
    line(t("gist.burns"), sounded),
    line(t("gist.help"), help.length ? help : [t("gist.help_unknown")]),
    dangers.length > 0 && line(t("gist.dangers"), dangers),
    line(t("gist.coming"), incident.assignments.map(comingText)),
  );
}

/** The whole card, with its button for who may write it. */
export function buildingPanel(building, incident) {
  const { card, may_edit, premises_id } = building;
  if (!premises_id) return h("p", { class: "quiet" }, t("building.unregistered"));
  return h(
    "div",
    { class: "building" },
    h("ol", { class: "storeys" }, building.storeys.map(storeyItem)),
    !building.storeys.length && h("p", { class: "quiet" }, t("building.no_floors")),
    h("dl", { class: "facts" }, facts(building)),
    h(
      "p",
      { class: "building-foot quiet" },
      card.changed_at
        ? t("building.changed", { who: card.changed_by, when: dateTime(card.changed_at) })
        : t("building.never"),
    ),
    may_edit &&
      h(
        "button",
        { type: "button", "data-focus": "card", onclick: () => askCard(card, incident) },
        t("building.edit"),
      ),
  );
}

const SIGNS = { sounded: "▲", open: "▣", closed: "▢", help: "✚", hazard: "⚠" };

function storeyItem(storey) {
  return h(
    "li",
    { class: "storey" },
    h("h3", {}, floorText(storey)),
    h(
      "ul",
      {},
      storey.needs_help.map((text) => item("help", `${SIGNS.help} ${t("building.help")}: ${text}`)),
      storey.sounded.map((one) => item("sounded", `${SIGNS.sounded} ${soundedOn(one)}`)),
      storey.windows.map((one) => item(one.open ? "open" : "window", windowText(one))),
      storey.hazards.map((text) => item("hazard", `${SIGNS.hazard} ${t("building.hazard")}: ${text}`)),
    ),
  );
}

function item(name, text) {
  return h("li", { class: `storey-${name}` }, text);
}

function facts({ premises_id, use, floors, residents, notes, card, key_holders }) {
  const house = [
    use && term("use", use),
    floors && t("incident.floors", { n: floors }),
    residents && t("incident.residents", { n: residents }),
  ];
  const way = [card.access, card.lane_width_m && t("building.lane", { n: card.lane_width_m })];
  return [
    fact(t("building.house"), house.filter(Boolean).join(" · ")),
    fact(t("building.notes"), notes),
    fact(t("building.access"), way.filter(Boolean).join(" · ")),
    fact(t("building.water"), card.water),
    fact(t("building.keys"), key_holders.length > 0 && h("ul", {}, key_holders.map((one) => holderItem(one, premises_id)))),
  ];
}

/** What is not known is said so: nobody has to wonder whether the page forgot it. */
function fact(name, value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value || h("span", { class: "quiet" }, t("building.unknown"))));
}

function holderItem({ role, name, phone: number }, premises_id) {
  const building = `/premises/${encodeURIComponent(premises_id)}`;
  const paths = { key_holder: `${building}/card/phone`, contact: `${building}/phone` };
  // a leader's number stands among those of the whole incident
  const shown = paths[role] ? phone(number, paths[role], name) : number;
  return h("li", {}, `${name} (${term("holder", role)}) `, shown);
}

function line(name, parts) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, parts.map((text) => h("span", { class: "gist-part" }, text))));
}

function floorText({ floor }) {
  return floor ? t("incident.floor", { floor }) : t("building.whole");
}

function at(storey, text) {
  return storey.floor ? `${floorText(storey)} ${text}` : text;
}

function soundedText(signal) {
  const floor = signal.floor && t("incident.floor", { floor: signal.floor });
  return [floor, signal.room, term("device", signal.kind), time(signal.received_at)].filter(Boolean).join(" ");
}

function soundedOn({ kind, room, received_at, restored_at }) {
  const restored = restored_at && t("incident.restored", { time: time(restored_at) });
  return [`${term("device", kind)} ${t("building.sounded")}`, room, time(received_at), restored]
    .filter(Boolean)
    .join(" · ");
}

function windowText({ open, room, since }) {
  const state = open === null ? "unknown" : open ? "open" : "closed";
  return [`${open ? SIGNS.open : SIGNS.closed} ${t(`window.${state}`)}`, room, since && time(since)]
    .filter(Boolean)
    .join(" · ");
}

function comingText({ station_name, status }) {
  return `${station_name} ${status === "declined" ? `✕ ${t("status.declined")}` : term("assignment", status)}`;
}
