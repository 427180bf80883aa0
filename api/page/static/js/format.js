/** Instants, durations and distances as people read them. */

import { bootstrap } from "./bootstrap.js";
import { t } from "./i18n.js";

const LOCALE = bootstrap.language === "zh" ? "zh-CN" : "en-GB";
const UNITS = { day: 86_400, hour: 3600, minute: 60, second: 1 };
const SPACE = bootstrap.language === "zh" ? "" : " ";
const HOURS = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const timeOfDay = new Intl.DateTimeFormat(LOCALE, { ...HOURS, timeZone: bootstrap.zone });
const day = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone: bootstrap.zone });

/** 15:12:04 in the service's time zone, or an em dash where nothing is known. */
export function time(instant) {
  return instant ? timeOfDay.format(new Date(instant)) : "—";
}

/** 2026-03-02 in the service's time zone. */
export function date(instant) {
  return day.format(new Date(instant));
}

/** 2026-03-02 15:12:04. */
export function dateTime(instant) {
  return instant ? `${date(instant)} ${time(instant)}` : "—";
}

/** Seconds from one instant to another; null where either is unknown. */
export function secondsBetween(start, end) {
  return start && end ? (new Date(end) - new Date(start)) / 1000 : null;
}

/** 0:24, 12:05, 1:02:33; an em dash for null, which never means zero. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "—";
  const sign = seconds < 0 ? "−" : "";
  const whole = Math.floor(Math.abs(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, "0");
  return sign + (hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`);
}

/** How long in words, by its two largest units: 3天4小时, 9 minutes 5 seconds. */
export function spoken(seconds) {
  let rest = Math.max(0, Math.floor(seconds));
  const said = [];
  for (const [unit, length] of Object.entries(UNITS)) {
    const count = Math.floor(rest / length);
    rest %= length;
    if (count) said.push(inUnit(unit, count));
  }
  return said.slice(0, 2).join(SPACE) || inUnit("second", 0);
}

function inUnit(unit, count) {
  return new Intl.NumberFormat(LOCALE, { style: "unit", unit, unitDisplay: "long" }).format(count);
}

/** A limit as it is spoken: 3 分钟, 90 秒. */
export function limit(seconds) {
  return seconds % 60 ? t("unit.seconds", { n: seconds }) : t("unit.minutes", { n: seconds / 60 });
}

/** 480 m or 2.3 km. */
export function distance(metres) {
  return metres < 1000
    ? t("unit.metres", { n: Math.round(metres / 10) * 10 })
    : t("unit.kilometres", { n: (metres / 1000).toFixed(1) });
}

/** 87 % of a share between 0 and 1. */
export function percent(share) {
  return share === null || share === undefined ? "—" : `${Math.round(share * 100)}%`;
}
