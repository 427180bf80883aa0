/** A witnessed test as it happens: asked for, the device's word, the message to the chief, its arrival. */

import { left } from "./ages.js";
import { h } from "./dom.js";
import { dateTime, time } from "./format.js";
import { t, term } from "./i18n.js";

const OUTCOMES = { true: "✓", false: "✕" };

/** Whether the device's word or the message may still come. */
export function isRunning({ passed }) {
  return passed === null;
}

/** The newest test with its steps. */
export function testSteps(test) {
  const word = test.event_at && t("test.heard", { kind: term("event", `device_${test.event_kind}`) });
  return h(
    "div",
    { class: `test test-${test.passed}` },
    h(
      "ol",
      {},
      step(t("test.began"), test.began_at),
      step(word ?? t("test.no_word"), test.event_at),
      step(t("test.sent", { name: test.message_to ?? "" }), test.message_sent_at),
      step(t("test.delivered"), test.message_delivered_at),
    ),
    h("p", { class: "test-outcome", role: "status" }, outcome(test)),
    isRunning(test) && !test.event_at && h("p", { class: "quiet" }, t("test.left"), " ", left(test.until)),
  );
}

/** An earlier test in one line, kept as evidence. */
export function testLine(test) {
  return h("li", {}, `${OUTCOMES[test.passed] ?? "…"} ${dateTime(test.began_at)} · ${outcome(test)}`);
}

function step(name, at) {
  return h(
    "li",
    { class: at ? "step-done" : null },
    h("span", { class: "step-sign", "aria-hidden": "true" }, at ? "✓" : "○"),
    h("span", { class: "step-name" }, name),
    h("span", { class: "step-time" }, at ? time(at) : "…"),
  );
}

function outcome({ passed, event_at, message_delivered_at, seconds, failure }) {
  if (passed && message_delivered_at) return t("test.passed", { n: seconds });
  if (passed) return t("test.passed_sent", { n: seconds });
  if (passed === null) return event_at ? t("test.wait_message") : t("test.wait_word");
  return event_at ? t("test.not_sent", { reason: failure ?? "—" }) : t("test.not_heard");
}
