/** Days, months and years of the calendar as texts: `2026-03-02`, `2026-03`, `2026`. Pure: no page, no clock. */

const DAY_MS = 86_400_000;
const atMidnight = (day) => new Date(`${day}T00:00:00Z`); // a day's own calendar: no zone takes part
const textOf = (instant) => instant.toISOString().slice(0, 10);

/** The API's ends are exclusive, people's are not. */
export function dayAfter(day) {
  return textOf(new Date(atMidnight(day).getTime() + DAY_MS));
}

/** The first and the last day of a month or a year. */
export function spanOf(period) {
  const [year, month] = period.split("-").map(Number);
  const from = new Date(Date.UTC(year, month ? month - 1 : 0, 1));
  const to = new Date(Date.UTC(month ? year : year + 1, month ?? 0, 0)); // day 0: the last of the month before
  return { from: textOf(from), to: textOf(to) };
}

/** The month or the year that two days enclose; empty where they enclose neither. */
export function periodOf(from, to) {
  const isWhole = (period) => {
    const span = spanOf(period);
    return span.from === from && span.to === to;
  };
  return [from.slice(0, 7), from.slice(0, 4)].find(isWhole) ?? "";
}

/** The month so many months from another: negative ones lie before. */
export function monthFrom(month, steps) {
  const [year, number] = month.split("-").map(Number);
  return textOf(new Date(Date.UTC(year, number - 1 + steps, 1))).slice(0, 7);
}

/** Whether a text is a day of the calendar. */
export function isDay(text) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(atMidnight(text).getTime())) return false;
  return textOf(atMidnight(text)) === text; // no 31 February
}
