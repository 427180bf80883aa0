/** A table whose head comes from the catalogue; it scrolls sideways where the screen is narrow, by the keyboard too. */

import { h } from "./dom.js";

/** `heads` are texts, `rows` elements, or one `tbody` or several. */
export function table(heads, rows, properties = {}) {
  const isBody = (element) => element instanceof HTMLTableSectionElement;
  const body = [rows].flat().every(isBody) ? rows : h("tbody", {}, rows);
  const head = h(
    "thead",
    {},
    h(
      "tr",
      {},
      heads.map((text) => h("th", { scope: "col" }, text)),
    ),
  );
  return h("div", { class: "scroll", tabindex: "0" }, h("table", properties, head, body));
}
