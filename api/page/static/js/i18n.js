/** The page's words: `t(key, values)` from the one catalogue of the page's language. */

import { bootstrap } from "./bootstrap.js";

/** The text of a key with its `{name}`s filled; an unknown key shows itself. */
export function t(key, values = {}) {
  const text = bootstrap.text[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The text of `family.word`, or the word itself where the catalogue has none (a newer server's word). */
export function term(family, word) {
  return bootstrap.text[`${family}.${word}`] ?? word;
}
