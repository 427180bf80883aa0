/** Write a building's card; what is wrong with it is said at the form. */

import { put } from "./api.js";
import { ask, line } from "./dialog.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

/** `card` as the API shows it; its incident is read again afterwards. */
export function askCard(card, incident) {
  ask({
    title: t("card.title"),
    fields: [
      area("needs_help", t("card.needs_help"), t("card.needs_help_example"), card.needs_help),
      area("hazards", t("card.hazards"), t("card.hazards_example"), card.hazards),
      line("access", t("card.access"), { value: card.access ?? "", placeholder: t("card.access_example") }),
      line("lane_width_m", t("card.lane_width"), {
        value: card.lane_width_m ?? "",
        type: "number",
        min: 0.1,
        max: 100,
        step: 0.1,
      }),
      line("water", t("card.water"), { value: card.water ?? "", placeholder: t("card.water_example") }),
      line("key_holder_name", t("card.key_holder_name"), { value: card.key_holder_name ?? "" }),
      line("key_holder_phone", t("card.key_holder_phone"), {
        value: card.key_holder_phone ?? "",
        type: "tel",
        placeholder: "+86138…",
      }),
    ],
    submit: t("card.save"),
    send: (values) => put(`/premises/${encodeURIComponent(card.premises_id)}/card`, columns(values)),
    done: () => document.dispatchEvent(new CustomEvent("incident-changed", { detail: incident.id })),
  });
}

/** One note a line; the service reads the floor from its beginning. */
function area(name, label, placeholder, notes) {
  const text = notes.map((note) => (note.floor ? `${note.floor}: ${note.text}` : note.text)).join("\n");
  return h("label", { class: "line" }, label, h("textarea", { name, rows: 3, placeholder }, text));
}

function columns({ needs_help, hazards, lane_width_m, ...texts }) {
  const filled = Object.entries(texts).filter(([, value]) => value.trim());
  return {
    ...Object.fromEntries(filled),
    needs_help: notesOf(needs_help),
    hazards: notesOf(hazards),
    ...(lane_width_m && { lane_width_m: Number(lane_width_m) }),
  };
}

function notesOf(text) {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter(Boolean).map((line) => ({ text: line }));
}
