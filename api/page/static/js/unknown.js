/** Devices that spoke before the registry knew them: what each said, when, through what; and a way in. */

import { ago } from "./ages.js";
import { get } from "./api.js";
import { askBind } from "./bind.js";
import { bootstrap } from "./bootstrap.js";
import { h, redraw } from "./dom.js";
import { dateTime } from "./format.js";
import { t, term } from "./i18n.js";
import { saidOf } from "./places.js";

const PAGE = 50;
const MOST = 500; // a page of the API

export class UnknownDevices {
  #list;
  #count;
  #shown = PAGE;
  #drawn = "";

  constructor(list, count) {
    this.#list = list;
    this.#count = count;
  }

  /** Read them again. Rejects when the API does not answer. */
  async reload() {
    const { items, next } = await get("/devices", { state: "unregistered", limit: this.#shown });
    const now = JSON.stringify([items, next]);
    if (now === this.#drawn) return;
    this.#drawn = now;
    this.#count.textContent = items.length ? `${items.length}${next ? "+" : ""}` : "";
    redraw(
      this.#list,
      items.length > 0 && h("ul", { class: "unknown" }, items.map(row)),
      !items.length && h("p", {}, t("unknown.none")),
      next && this.#shown < MOST && this.#more(),
    );
  }

  #more() {
    const onclick = () => {
      this.#shown = Math.min(MOST, this.#shown + PAGE);
      document.dispatchEvent(new CustomEvent("devices-changed"));
    };
    return h("button", { type: "button", "data-focus": "more", onclick }, t("past.more"));
  }
}

function row(device) {
  const { id, kind, source, external_id, gateway_id, last_seen_at, heard, events } = device;
  const via = gateway_id && t("unknown.via", { gateway: gateway_id });
  return h(
    "li",
    { "data-device": id },
    h(
      "div",
      { class: "unknown-who" },
      h("strong", {}, external_id || id),
      h("p", {}, [source, kind !== "unknown" && term("device", kind), via].filter(Boolean).join(" · ")),
      last_seen_at &&
        h("p", { class: "quiet" }, `${t("unknown.seen")} `, ago(last_seen_at), ` · ${dateTime(last_seen_at)}`),
      events?.length > 0 && h("p", {}, saidOf(events[0])),
    ),
    bootstrap.user.edits_registry &&
      h(
        "button",
        { type: "button", "data-focus": `bind-${id}`, onclick: () => askBind(device) },
        t("unknown.bind"),
      ),
    heard && h("pre", { class: "heard", tabindex: "0", "aria-label": t("unknown.heard") }, heard),
  );
}
