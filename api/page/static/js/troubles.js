/** Troubles in the order in which somebody should see to them. Pure: no page, no clock. */

/** The worst first: what leaves most people without an alarm. */
export const KINDS = ["village_dark", "gateway_down", "tamper", "fault", "offline", "low_battery"];

/** Villages with their troubles, the one with the worst and oldest first: `{code, name, troubles}`. */
export function byVillage(troubles) {
  const villages = new Map();
  for (const trouble of [...troubles].sort(inOrder)) {
    const { code, name } = trouble.village ?? { code: "", name: null };
    if (!villages.has(code)) villages.set(code, { code, name, troubles: [] });
    villages.get(code).troubles.push(trouble);
  }
  return [...villages.values()]; // the first of each came in the order of all
}

function inOrder(one, other) {
  return rank(one) - rank(other) || Date.parse(one.began_at) - Date.parse(other.began_at);
}

function rank({ kind }) {
  const place = KINDS.indexOf(kind);
  return place < 0 ? KINDS.length : place; // a newer server's kind comes last
}
