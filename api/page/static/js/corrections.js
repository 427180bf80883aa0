/** A milestone recorded afterwards, or corrected with a reason: the old value stays in the timeline. */

import { clock } from "./clock.js";
import { post } from "./api.js";
import { changed, mayAnswer, path, RECORDABLE } from "./actions.js";
import { ask, choice, line } from "./dialog.js";
import { h } from "./dom.js";
import { time } from "./format.js";
import { t, term } from "./i18n.js";
import { instantOf, wallOf } from "./zoned.js";

/** The button for one station; null for who may not. A closed incident can still be corrected. */
export function correctionButton(assignment, incident) {
  if (!mayAnswer(assignment)) return null;
  const label = `${t("correct.button")} ${assignment.station_name}`;
  return h(
    "button",
    {
      type: "button",
      "aria-label": label,
      "data-focus": `correct-${assignment.id}`,
      onclick: () => askCorrection(assignment, incident),
    },
    t("correct.button"),
  );
}

function askCorrection(assignment, incident) {
  const recorded = (name) => assignment.milestones[`${name}_at`];
  const named = (name) => `${term("milestone", name)} ${recorded(name) ? time(recorded(name)) : "—"}`;
  const last = [...RECORDABLE].reverse().find(recorded) ?? RECORDABLE[0];
  const at = line("at", t("correct.at"), { type: "datetime-local", step: 1, required: true });
  const field = at.querySelector("input");
  const fill = (name) => (field.value = wallOf(recorded(name) ?? clock.now()));
  const what = choice(
    "milestone",
    t("correct.what"),
    RECORDABLE.map((name) => [name, named(name)]),
    last,
  );
  what.addEventListener("change", ({ target }) => fill(target.value));
  fill(last);
  ask({
    title: `${incident.code} · ${t("correct.title")} · ${assignment.station_name}`,
    fields: [
      h("p", { class: "quiet" }, t("correct.effect")),
      what,
      at,
      line("note", t("correct.reason"), { required: true, maxlength: 2000 }),
    ],
    submit: t("correct.submit"),
    send: (values, key) =>
      post(
        path(incident, "milestones"),
        { ...values, station_id: assignment.station_id, at: instantOf(values.at) },
        key,
      ),
    done: changed(incident),
  });
}
