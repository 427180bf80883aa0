/** What an installer does to a registered device: put it in a mode, or other hardware in its place. */

import { post, put } from "./api.js";
import { clock } from "./clock.js";
import { ask, choice, line } from "./dialog.js";
import { t, term } from "./i18n.js";

const HOUR_MS = 3_600_000;
const HOURS = [1, 4, 24];
const changed = () => document.dispatchEvent(new CustomEvent("devices-changed"));

/** Ask for a mode, which always has an end and a reason; its owner is whoever is signed in. */
export function askMode({ id }) {
  ask({
    title: `${t("device.set_mode")} · ${id}`,
    fields: [
      choice(
        "mode",
        t("mode.which"),
        ["test", "maintenance"].map((mode) => [mode, term("mode", mode)]),
      ),
      choice(
        "hours",
        t("mode.lasts"),
        HOURS.map((hours) => [String(hours), t("unit.hours", { n: hours })]),
        "1",
      ),
      line("reason", t("mode.reason"), { required: true, placeholder: t("mode.reason_example") }),
    ],
    submit: t("device.set_mode"),
    send: ({ mode, hours, reason }) => {
      const until = new Date(clock.now() + hours * HOUR_MS).toISOString();
      return put(`/devices/${encodeURIComponent(id)}/mode`, { mode, until, reason });
    },
    done: changed,
  });
}

/** Ask for the new hardware; the device keeps its id, its place and its history. */
export function askReplacement({ id, source }) {
  ask({
    title: `${t("device.replace")} · ${id}`,
    fields: [
      line("source", t("device.source"), { value: source, required: true }),
      line("external_id", t("device.external_id"), { required: true }),
      line("reason", t("action.note")),
    ],
    submit: t("device.replace"),
    send: ({ source: format, external_id, reason }, key) => {
      const body = { source: format, external_id, ...(reason && { reason }) };
      return post(`/devices/${encodeURIComponent(id)}/replace`, body, key);
    },
    done: changed,
  });
}
