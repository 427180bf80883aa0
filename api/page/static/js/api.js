/** The HTTP API with the page's own session; a 401 leads to the sign-in page. */

import { clock } from "./clock.js";
import { t } from "./i18n.js";

const BASE = "/api/v1";
const PATIENCE_MS = 10000;

/** The API refused or could not be reached; the message is for people, `errors` are all faults of a request. */
export class ApiError extends Error {
  constructor(message, status, errors = [message]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** Read one resource; `query` values that are empty are left out. `patience` is for what takes long, ms. */
export function get(path, query = {}, patience = PATIENCE_MS) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== null);
  const search = new URLSearchParams(given).toString();
  return request("GET", search ? `${path}?${search}` : path, {}, patience);
}

/** Read one row and its version, which a change of it may insist on. */
export async function getVersioned(path) {
  const { answer, headers } = await exchange("GET", path);
  return { row: answer, version: headers.get("ETag") };
}

/** Read every page of a list. */
export async function getAll(path, query = {}) {
  const items = [];
  let cursor = null;
  do {
    const page = await get(path, { limit: 200, ...query, cursor });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return items;
}

/** Send a decision. The same key makes a second try harmless. */
export function post(path, body, idempotencyKey, patience = PATIENCE_MS) {
  return request("POST", path, sending(body, { "Idempotency-Key": idempotencyKey }), patience);
}

/** Send files, as `post` sends a decision. */
export function postForm(path, form, idempotencyKey, patience) {
  return request("POST", path, { body: form, headers: { "Idempotency-Key": idempotencyKey } }, patience);
}

/** Make something what `body` says; a second try is harmless by itself. */
export function put(path, body, headers = {}) {
  return request("PUT", path, sending(body, headers));
}

/** Change what `body` names and keep the rest. */
export function patch(path, body, headers = {}) {
  return request("PATCH", path, sending(body, headers));
}

/** End something; a second try is harmless by itself. */
export function remove(path) {
  return request("DELETE", path);
}

function sending(body, headers = {}) {
  return { body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } };
}

/** A new key for one decision (randomUUID would need https). */
export function newIdempotencyKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

async function request(...given) {
  return (await exchange(...given)).answer;
}

async function exchange(method, path, options = {}, patience = PATIENCE_MS) {
  const sentAt = performance.now();
  let response;
  try {
    response = await fetch(BASE + path, { method, signal: AbortSignal.timeout(patience), ...options });
  } catch {
    throw new ApiError(t("api.unreachable"), 0);
  }
  clock.observe(response.headers.get("Date"), sentAt, performance.now());
  if (response.status === 401) location.assign("/sign-in");
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new ApiError(answer.detail ?? answer.title ?? t("api.refused"), response.status, answer.errors);
  }
  return { answer, headers: response.headers };
}
