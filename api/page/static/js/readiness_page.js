/** The readiness page: what would fail an alarm, the service's own alarm, whom the last test reached. */

import { get, post } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { ask } from "./dialog.js";
import { h, redraw } from "./dom.js";
import { Feed } from "./feed.js";
import { dateTime, duration } from "./format.js";
import { runFrame } from "./frame.js";
import { t, term } from "./i18n.js";
import { phone } from "./phone.js";
import { faultText } from "./readiness.js";

const element = (id) => document.getElementById(id);
const feed = new Feed({ poll: reload, change: () => {} }, []);

async function reload() {
  const readiness = await get("/readiness");
  const last = readiness.last_communication_test;
  const test = last && (await get(`/communication-tests/${last.id}`));
  element("fault-count").textContent = readiness.faults.length || "";
  redraw(element("faults"), faults(readiness.faults));
  redraw(element("probe"), probe(readiness.probe), setUp(readiness.set_up));
  redraw(element("test"), test ? results(test) : h("p", { class: "quiet" }, t("ready.test_none")));
}

function faults(list) {
  if (!list.length)
    return h("p", { class: "calm" }, h("span", { "aria-hidden": "true" }, "✓"), t("ready.none"));
  return h(
    "ul",
    { class: "faults" },
    list.map((fault) =>
      h("li", { "data-what": fault.what }, h("span", {}, faultText(fault)), telephone(fault)),
    ),
  );
}

/** A number to ring; masked until it is asked for. */
function telephone({ phone: masked, person_id, name }) {
  return phone(masked, `/people/${encodeURIComponent(person_id)}/phone`, name ?? person_id);
}

function probe({ arrived_at, took_s, missed_at }) {
  if (missed_at) return h("p", { class: "fault" }, t("ready.probe_missed", { at: dateTime(missed_at) }));
  if (!arrived_at) return h("p", { class: "quiet" }, t("ready.probe_none"));
  const seconds = took_s === null ? "—" : took_s.toFixed(2);
  return h("p", {}, t("ready.probe_arrived", { at: dateTime(arrived_at), seconds }));
}

function setUp(ways) {
  return h(
    "ul",
    { class: "ways quiet" },
    Object.entries(ways).map(([name, is_set]) =>
      h("li", {}, `${is_set ? "✓" : "○"} ${term("way", name)}: ${is_set ? t("ready.set") : t("ready.unset")}`),
    ),
  );
}

function results(test) {
  const silent = test.people.filter((person) => person.reached !== "answered");
  const { asked, delivered, answered } = test;
  const isOpen = element("test").querySelector("details")?.open ?? false; // news must not close what is read
  return [
    h("p", {}, t("ready.test_began", { at: dateTime(test.started_at), until: dateTime(test.ends_at) })),
    h("p", {}, h("strong", {}, t("ready.test_counts", { asked, delivered, answered }))),
    silent.length > 0 && h("h3", {}, t("ready.silent", { n: silent.length })),
    h("ul", { class: "asked" }, silent.map(person)),
    answered > 0 &&
      h(
        "details",
        { open: isOpen },
        h("summary", { "data-focus": "answered" }, t("ready.answered", { n: answered })),
        h("ul", { class: "asked" }, test.people.filter((one) => one.reached === "answered").map(person)),
      ),
  ];
}

function person(one) {
  const after = one.answered_after_s === null ? "" : ` ${duration(one.answered_after_s)}`;
  const state = one.failure ? `${term("reached", one.reached)}: ${one.failure}` : term("reached", one.reached);
  return h(
    "li",
    { "data-person": one.person_id },
    h("strong", {}, [one.station_name, one.name].filter(Boolean).join(" · ")),
    telephone(one),
    h("span", { class: one.failure ? "fault" : "quiet" }, state + after),
  );
}

function start() {
  ask({
    title: t("ready.start"),
    fields: h("p", {}, t("ready.start_effect")),
    submit: t("ready.start"),
    send: (_values, key) => post("/communication-tests", {}, key),
    done: () => feed.poll(),
  });
}

element("start").hidden = !bootstrap.user.runs_incidents;
element("start").addEventListener("click", start);
runFrame(feed, () => {});
await feed.start();
