/** A small dialog for one decision: large fields, the fault shown in place, safe to press twice. */

import { newIdempotencyKey } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

/**
 * Ask and send. `fields` are elements of the form; `send(values, key)` gets the form's values and
 * one idempotency key for this dialog and rejects with a message to show. `done()` follows success.
 * A long form, once something is filled in, is not thrown away by Escape unasked.
 */
export function ask({ title, fields, submit, send, done, isLong = false }) {
  const key = newIdempotencyKey();
  const goBack = wayBack(document.activeElement);
  const fault = h("p", { class: "fault", role: "alert" });
  const form = h(
    "form",
    { class: "dialog-form", method: "dialog" },
    h("h2", {}, title),
    fields,
    fault,
    h(
      "div",
      { class: "dialog-buttons" },
      h("button", { type: "button", onclick: () => dialog.close() }, t("dialog.cancel")),
      submit && h("button", { type: "submit", class: "primary" }, submit),
    ),
  );
  const dialog = h("dialog", { "aria-label": title, onclose: () => close(dialog, goBack) }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form, event.submitter));
    setBusy(form, true);
    try {
      await send(values, key);
      dialog.close();
      await done();
    } catch (problem) {
      fault.textContent = problem.message;
    } finally {
      setBusy(form, false);
    }
  });
  if (isLong) guard(dialog, form);
  document.body.append(dialog);
  dialog.showModal();
}

/** By the key, not by `cancel`: a second Escape without a touch in between closes a dialog without asking. */
function guard(dialog, form) {
  const filled = () => JSON.stringify([...new FormData(form)]);
  const atFirst = filled();
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || filled() === atFirst) return;
    event.preventDefault();
    if (confirm(t("dialog.discard"))) dialog.close();
  });
}

/** To the element that was in use or, where its card was drawn anew meanwhile, to the same one there. */
function wayBack(opener) {
  const card = opener.closest("[data-incident]")?.dataset.incident;
  const place = card ? `[data-incident="${CSS.escape(card)}"] ` : "";
  return () => {
    if (opener.isConnected || !opener.dataset.focus) return; // the browser goes back by itself
    document.querySelector(`${place}[data-focus="${CSS.escape(opener.dataset.focus)}"]`)?.focus();
  };
}

function close(dialog, goBack) {
  dialog.remove();
  goBack();
}

/** Large radio buttons: `options` is a list of [value, text]. */
export function choice(name, legend, options, chosen) {
  return h(
    "fieldset",
    { class: "choice" },
    h("legend", {}, legend),
    options.map(([value, text]) =>
      h(
        "label",
        {},
        h("input", { type: "radio", name, value, required: true, checked: value === chosen }),
        h("span", {}, text),
      ),
    ),
  );
}

/** One line of text. */
export function line(name, label, properties = {}) {
  return h("label", { class: "line" }, label, h("input", { name, autocomplete: "off", ...properties }));
}

function setBusy(form, busy) {
  for (const button of form.querySelectorAll("button")) button.disabled = busy;
}
