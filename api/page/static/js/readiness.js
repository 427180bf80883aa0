/** One line for the board: how much would fail an alarm, the worst of it; it leads to the readiness page. */

import { get } from "./api.js";
import { bootstrap } from "./bootstrap.js";
import { t } from "./i18n.js";

const AGAIN_MS = 60_000; // what it shows changes by the hour, and incidents matter more
let readAt = Number.NEGATIVE_INFINITY;

/** A fault in the page's language. */
export function faultText(fault) {
  return fault[`text_${bootstrap.language}`];
}

/** Show the line while anything is wrong; where the API does not answer it stays as it is. */
export async function showReadinessLine(link) {
  if (performance.now() - readAt < AGAIN_MS) return;
  readAt = performance.now();
  const readiness = await get("/readiness").catch(() => null);
  if (!readiness) return;
  const [worst] = readiness.faults;
  link.hidden = !worst;
  if (!worst) return;
  const text = `⚠ ${t("ready.line", { n: readiness.faults.length, worst: faultText(worst) })} →`;
  if (link.textContent !== text) link.textContent = text;
}
