/** Somebody takes a trouble on, with a word about it; the worklist shows it to everyone. */

import { post } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { ask, line } from "./dialog.js";
import { t, term } from "./i18n.js";

/** Ask who takes it: whoever is signed in, unless another name is written. */
export function askTake({ id, kind, device, village, taken_by, note }) {
  ask({
    title: [term("trouble", kind), device?.id ?? village?.name].filter(Boolean).join(" · "),
    fields: [
      line("by", t("trouble.by"), { value: taken_by ?? bootstrap.user.name, required: true, maxlength: 100 }),
      line("note", t("action.note"), { value: note ?? "", placeholder: t("trouble.note_example") }),
    ],
    submit: t("trouble.take"),
    send: ({ by, note }, key) => post(`/troubles/${id}/take`, { by, ...(note && { note }) }, key),
    done: () => document.dispatchEvent(new CustomEvent("devices-changed")),
  });
}
