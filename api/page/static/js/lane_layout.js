/** Where marks and their words go on one line so that none covers another. Pure; lengths in pixels. */

const GAP = 8;
const WIDE = /[^\u0000-\u024f]/; // a Chinese character is twice as wide as a Latin one

/** About how wide a text is at a size. */
export function widthOf(text, size) {
  return [...text].reduce((sum, char) => sum + size * (WIDE.test(char) ? 1 : 0.56), 0);
}

/** Places in order for centres at least `apart` from each other, within 0…`width`, near `wanted`. */
export function dodged(wanted, apart, width) {
  const places = [];
  for (const place of wanted) places.push(Math.max(place, (places.at(-1) ?? -Infinity) + apart));
  let limit = width;
  for (let index = places.length - 1; index >= 0; index -= 1) {
    places[index] = Math.min(places[index], limit);
    limit = places[index] - apart;
  }
  return places;
}

/** Of `[{x, text}]` those words that fit one row of `width`, each `{x, text, anchor}`; the first go first. */
export function fitting(words, size, width) {
  let taken = -Infinity;
  const shown = [];
  for (const word of words) {
    const length = widthOf(word.text, size);
    const left = Math.max(0, Math.min(word.x - length / 2, width - length));
    if (left < taken + GAP) continue;
    taken = left + length;
    shown.push({ ...word, left });
  }
  return shown;
}
