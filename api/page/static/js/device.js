/** One registered device in a dialog: where it hangs, what it last said, its tests, what can be done. */

import { ago, left } from "./ages.js";
import { get, newIdempotencyKey, post } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { h, redraw, replaceChildren } from "./dom.js";
import { dateTime, percent } from "./format.js";
import { t, term } from "./i18n.js";
import { askMode, askReplacement } from "./mode_dialogs.js";
import { addressOf, placeOf, saidOf, spotOf } from "./places.js";
import { isRunning, testLine, testSteps } from "./witness.js";

const LOOK_EVERY_MS = 2000;
const { runs_incidents, looks_after_devices, edits_registry } = bootstrap.user;

/** Show a device until its dialog is closed; while a test runs its steps appear as they happen. */
export async function openDevice(id) {
  const path = `/devices/${encodeURIComponent(id)}`;
  const body = h("div", { class: "device" });
  const unread = h("p", { class: "fault", role: "alert" });
  const refused = h("p", { class: "fault", role: "alert" });
  const saidList = h("ul");
  const saidFold = h("details", { hidden: true }, h("summary", {}, t("device.events")), saidList);
  const close = h("button", { type: "button", onclick: () => dialog.close() }, t("device.close"));
  const dialog = h(
    "dialog",
    { "aria-label": id, onclose: leave },
    h(
      "div",
      { class: "dialog-form" },
      h("h2", {}, id),
      body,
      saidFold,
      [refused, unread],
      h("div", { class: "dialog-buttons" }, close),
    ),
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
      draw(device, await placeOf(device), tests.items);
      unread.textContent = "";
    } catch (problem) {
      unread.textContent = problem.message;
    }
    if (dialog.isConnected) timer = setTimeout(look, LOOK_EVERY_MS);
  }

  function draw(device, place, tests) {
    const [newest, ...earlier] = tests;
    const now = JSON.stringify([device, tests, newest && isRunning(newest)]);
    if (now === drawn) return;
    drawn = now;
    redraw(
      body,
      facts(device, place),
      h("div", { class: "incident-actions" }, buttons(device, newest)),
      newest && [h("h3", {}, t("test.title")), testSteps(newest)],
      earlier.length > 0 &&
        h("ul", { class: "quiet", "aria-label": t("test.earlier") }, earlier.map(testLine)),
    );
    saidFold.hidden = !device.events?.length;
    replaceChildren(saidList, (device.events ?? []).map(said));
  }

  function buttons(device, newest) {
    const waits = newest && isRunning(newest);
    return [
      looks_after_devices &&
        button("test", t("test.start"), start, { class: waits ? null : "primary", disabled: waits }),
      runs_incidents && button("mode", t("device.set_mode"), () => askMode(device)),
      edits_registry && button("replace", t("device.replace"), () => askReplacement(device)),
    ];
  }

  async function start() {
    refused.textContent = "";
    try {
      await post(`${path}/tests`, {}, newIdempotencyKey());
    } catch (problem) {
      refused.textContent = problem.message;
    }
    document.dispatchEvent(new CustomEvent("devices-changed"));
    await look();
    body.querySelector(".test")?.scrollIntoView({ block: "nearest" });
  }
}

function button(key, text, onclick, properties = {}) {
  return h("button", { type: "button", "data-focus": key, onclick, ...properties }, text);
}

function said(event) {
  return h("li", {}, saidOf(event));
}

function facts(device, place) {
  const { premises_id, source, external_id, state, battery, last_seen_at, mode } = device;
  const stateName = term("state", state);
  const seen = last_seen_at && [ago(last_seen_at), ` · ${dateTime(last_seen_at)}`];
  return h(
    "dl",
    { class: "facts" },
    fact(t("device.place"), place ? addressOf(place) : (premises_id ?? "—")),
    fact(t("device.spot"), spotOf(device)),
    fact(t("device.speaks"), [source, external_id].join(" · ")),
    fact(t("device.state"), battery === null ? stateName : `${stateName} · ${percent(battery / 100)}`),
    fact(t("unknown.seen"), seen ?? "—"),
    mode && fact(t("device.mode"), [`${term("mode", mode.mode)} · ${mode.owner} · `, left(mode.until)]),
  );
}

function fact(name, value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}
