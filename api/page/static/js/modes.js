/** Devices in test or maintenance: where, until when, who vouches; their alarms send nobody meanwhile. */

import { left } from "./ages.js";
import { getAll, remove } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { h, redraw } from "./dom.js";
import { dateTime } from "./format.js";
import { t, term } from "./i18n.js";
import { addressOf, placeOf, spotOf } from "./places.js";

const { runs_incidents, looks_after_devices } = bootstrap.user;

export class Modes {
  #banner;
  #drawn = "";

  constructor(banner) {
    this.#banner = banner;
  }

  /** Read again which devices are in a mode. Rejects when the API does not answer. */
  async reload() {
    const devices = await devicesInMode();
    const now = JSON.stringify(devices.map(({ id, mode }) => [id, mode]));
    if (now === this.#drawn) return;
    this.#drawn = now;
    const places = await Promise.all(devices.map(placeOf));
    this.#banner.hidden = !devices.length;
    redraw(
      this.#banner,
      h("h2", {}, t("mode.title", { n: devices.length })),
      h(
        "ul",
        {},
        devices.map((device, nth) => line(device, places[nth])),
      ),
    );
  }
}

/** One line for the board that leads to the devices page; nothing while nobody vouches for a device. */
export async function showModesLine(link) {
  const devices = await devicesInMode().catch(() => null);
  if (!devices) return; // the line stays as it is: incidents matter more
  link.hidden = !devices.length;
  const text = `⚠ ${t("mode.line", { n: devices.length })} →`;
  if (devices.length && link.textContent !== text) link.textContent = text;
}

/** Every device that somebody vouches for just now. */
function devicesInMode() {
  return getAll("/devices", { mode: "any" });
}

/** A witnessed test opens a window without a reason of its own; every other mode has one. */
function isTestWindow({ reason }) {
  return reason === null;
}

function mayEnd(mode) {
  return isTestWindow(mode) ? looks_after_devices : runs_incidents;
}

function line(device, place) {
  const { id, mode } = device;
  const fault = h("p", { class: "fault", role: "alert" });
  const end = async () => {
    try {
      await remove(`/devices/${encodeURIComponent(id)}/${isTestWindow(mode) ? "tests" : "mode"}`);
      document.dispatchEvent(new CustomEvent("devices-changed"));
    } catch (problem) {
      fault.textContent = problem.message;
    }
  };
  return h(
    "li",
    { "data-device": id },
    h(
      "div",
      {},
      h("strong", {}, `${term("mode", mode.mode)} · ${place ? addressOf(place) : id}`),
      h("p", {}, `${spotOf(device)} · ${id}`),
      h("p", {}, t("mode.until", { at: dateTime(mode.until) }), " ", h("b", {}, left(mode.until))),
      h("p", {}, [t("mode.owner", { owner: mode.owner }), mode.reason].filter(Boolean).join(" · ")),
      fault,
    ),
    mayEnd(mode) &&
      h("button", { type: "button", "data-focus": `end-${id}`, onclick: end }, t("mode.end")),
  );
}
