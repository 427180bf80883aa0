/** The dialog with the incidents behind a figure; what it shows stands in the page's address. */

import { h, replaceChildren } from "./dom.js";
import { date } from "./format.js";
import { t, term } from "./i18n.js";
import { FALSE_ALARMS } from "./review_false.js";
import { took } from "./review_figures.js";
import { spanText } from "./review_pictures.js";
import { recordList } from "./review_records.js";

export class Behind {
  #dialog;
  #title = h("h2", { id: "behind-title", tabindex: "-1" });
  #list = h("div");
  #shown = "";

  /** `closed()` hears that a person has closed it. */
  constructor(closed) {
    const close = h(
      "button",
      { type: "button", onclick: () => this.#dialog.close() },
      `✕ ${t("review.close")}`,
    );
    const head = h("div", { class: "behind-head" }, this.#title, close);
    const onclose = () => closed();
    this.#dialog = h(
      "dialog",
      { class: "behind", "aria-labelledby": "behind-title", onclose },
      head,
      this.#list,
    );
    document.body.append(this.#dialog);
  }

  /** Show what the state asks for, or nothing; what is shown already stays. `review` gives the names. */
  show(state, review) {
    if (!state.behind) {
      this.#dialog.close();
      return;
    }
    const key = JSON.stringify(state);
    if (this.#dialog.open && key === this.#shown) return;
    this.#shown = key;
    const filter = Object.fromEntries(new URLSearchParams(state.behind));
    const title = titleOf(filter, state, review);
    this.#title.textContent = title;
    const counted = (total) => {
      this.#title.textContent = `${title} · ${t("review.records", { n: total })}`;
    };
    replaceChildren(this.#list, recordList(state, filter, counted));
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#title.focus();
  }
}

/** What a filter asks for, in words. */
function titleOf(filter, state, review) {
  const { group, station, tier, month, hour, from, cause, without_cause, device, premises } = filter;
  const child = review.children.find(({ code }) => code === group);
  const known = review.stations.find(({ station_id }) => station_id === station);
  const parts = [
    filter.list === FALSE_ALARMS && t("review.false.title"),
    group && (child?.name ?? t("review.unknown")),
    station && (known?.name ?? station),
    tier && term("tier", tier),
    from && !month && t("review.since", { from: date(from) }),
    month,
    hour && t("review.at_hour", { hour: hour.padStart(2, "0") }),
    cause ?? (without_cause && t("review.false.no_cause")),
    device,
    premises,
    ...figureParts(filter, state.interval || review.interval),
  ];
  return parts.filter(Boolean).join(" · ");
}

function figureParts({ missing, over_target, min_s, from_s, to_s, left_out }, interval) {
  const bin = (from_s || to_s) && { from_s: from_s ?? null, to_s: to_s ?? null };
  return [
    missing === "true" && t("review.only_missing"),
    over_target === "true" && t("review.only_late"),
    over_target === "false" && t("review.only_in_time"),
    min_s && `${term("interval", interval)} ${t("review.at_least", { time: took(Number(min_s)) })}`,
    bin && `${term("interval", interval)} ${spanText(bin)}`,
    left_out && t("review.left_out_for", { why: term("left_out", left_out) }),
  ];
}
