/** A phone number: masked until somebody who may ring asks for it, which is written down. */

import { newIdempotencyKey, post } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

const shown = new Map(); // what was asked for stays while the page is open, over every redrawing

/** `path` answers the whole number, such as `/people/ID/phone`; `name` says whose it is. Null for no number. */
export function phone(masked, path, name) {
  if (!masked) return null;
  const whole = masked.includes("*") ? shown.get(path) : masked;
  if (whole) return dial(whole);
  if (!bootstrap.user.shows_phones) return h("span", { class: "quiet" }, masked);
  return ask(masked, path, name);
}

/** A number that is dialled by a tap. */
export function dial(number) {
  return h("a", { href: `tel:${number}` }, number);
}

function ask(masked, path, name) {
  const key = newIdempotencyKey();
  const fault = h("span", { class: "fault", role: "alert" });
  const button = h(
    "button",
    { type: "button", "aria-label": t("phone.show_of", { name }), "data-focus": `phone-${path}` },
    t("phone.show"),
  );
  const place = h("span", { class: "phone" }, h("span", { class: "quiet" }, masked), " ", button, fault);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const { phone: number } = await post(path, {}, key);
      shown.set(path, number);
      const link = dial(number);
      place.replaceChildren(link);
      link.focus();
    } catch (problem) {
      fault.textContent = ` ${problem.message}`;
      button.disabled = false;
    }
  });
  return place;
}
