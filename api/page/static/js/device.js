/** One registered device in a dialog: where it hangs, what it last said, its tests, what can be done. */

import { ago, left } from "./ages.js";
import { get, newIdempotencyKey, post } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { h, redraw } from "./dom.js";
import { dateTime, percent } from "./format.js";
import { t, term } from "./i18n.js";
import { askMode, askReplacement } from "./mode_dialogs.js";
import { addressOf, premisesOf, saidOf, spotOf } from "./places.js";
import { isRunning, testLine, testSteps } from "./witness.js";

const LOOK_EVERY_MS = 2000;
const { runs_incidents, tests_devices, edits_registry } = bootstrap.user;

/** Show a device until its dialog is closed; while a test runs its steps appear as they happen. */
export async function openDevice(id) {
  const path = `/devices/${encodeURIComponent(id)}`;
  const body = h("div", { class: "device" });
  const fault = h("p", { class: "fault", role: "alert" });
  const close = h("button", { type: "button", onclick: () => dialog.close() }, t("device.close"));
  const dialog = h(
    "dialog",
    { "aria-label": id, onclose: leave },
    h("div", { class: "dialog-form" }, h("h2", {}, id), body, fault, h("div", { class: "dialog-buttons" }, close)),
  );
  let timer = 0;
  let drawn = "";
  document.addEventListener("devices-changed", look);
  document.body.append(dialog);
  dialog.showModal();
  await look();

  function leave() {
    clearTimeout(timer);
    document.removeEventListener("devices-changed", look);
    dialog.remove();
  }

  async function look() {
    clearTimeout(timer);
    try {
      const [device, tests] = await Promise.all([get(path), get(`${path}/tests`, { limit: 20 })]);
      const premises = device.premises_id && (await premisesOf(device.premises_id));
      draw(device, premises, tests.items);
      fault.textContent = "";
    } catch (problem) {
      fault.textContent = problem.message;
    }
    if (dialog.isConnected) timer = setTimeout(look, LOOK_EVERY_MS);
  }

  function draw(device, premises, tests) {
    const [newest, ...earlier] = tests;
    const now = JSON.stringify([device, tests, newest && isRunning(newest)]);
    if (now === drawn) return;
    drawn = now;
    redraw(
      body,
      facts(device, premises),
      buttons(device, newest),
      device.events?.length > 0 &&
        h("details", {}, h("summary", {}, t("device.events")), h("ul", {}, device.events.map(said))),
      newest && [h("h3", {}, t("test.title")), testSteps(newest)],
      earlier.length > 0 && h("ul", { class: "quiet", "aria-label": t("test.earlier") }, earlier.map(testLine)),
    );
  }

  function buttons(device, newest) {
    const start = async () => {
      await post(`${path}/tests`, {}, newIdempotencyKey()).catch((problem) => {
        fault.textContent = problem.message;
      });
      look();
    };
    const waits = newest && isRunning(newest);
    return h(
      "div",
      { class: "incident-actions" },
      tests_devices &&
        h(
          "button",
          { type: "button", class: waits ? null : "primary", "data-focus": "test", disabled: waits, onclick: start },
          t("test.start"),
        ),
      runs_incidents &&
        h("button", { type: "button", "data-focus": "mode", onclick: () => askMode(device) }, t("device.mode")),
      edits_registry &&
        h(
          "button",
          { type: "button", "data-focus": "replace", onclick: () => askReplacement(device) },
          t("device.replace"),
        ),
    );
  }
}

function said(event) {
  return h("li", {}, saidOf(event));
}

function facts(device, premises) {
  const { premises_id, source, external_id, state, battery, last_seen_at, mode } = device;
  const seen = last_seen_at && [ago(last_seen_at), ` · ${dateTime(last_seen_at)}`];
  return h(
    "dl",
    { class: "facts" },
    fact(t("device.place"), premises ? addressOf(premises) : (premises_id ?? "—")),
    fact(t("device.spot"), spotOf(device)),
    fact(t("device.speaks"), [source, external_id].join(" · ")),
    fact(t("device.state"), [term("state", state), battery !== null && percent(battery / 100)].filter(Boolean).join(" · ")),
    fact(t("unknown.seen"), seen ?? "—"),
    mode && fact(t("device.mode"), [`${term("mode", mode.mode)} · ${mode.owner} · `, left(mode.until)]),
  );
}

function fact(name, value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}
