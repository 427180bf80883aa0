/**
 * The open incidents in short, as last read from the API: all of them seldom, those that changed at once.
 * However many changes the stream tells in a storm, they are asked about together.
 */

import { get } from "./api.js";

const TOGETHER_MS = 250;
const MOST_AT_ONCE = 100; // the API's limit

export class OpenIncidents {
  #known = new Map();
  #beyond = new Map(); // open, too, but pushed off the list by newer ones
  #seen = new Set();
  #asked = new Set();
  #batch = null;
  #last = Promise.resolve();
  #total = 0;
  #loaded = false;

  /** Handlers: `changed(ids)` after reading, `opened(incident, {first})` for a new one, `closed(incident)`. */
  constructor(handlers) {
    this.handlers = handlers;
  }

  /** Newest first; drills after real ones. */
  list() {
    return [...this.#known.values()].sort(
      (a, b) => a.drill - b.drill || Date.parse(b.opened_at) - Date.parse(a.opened_at),
    );
  }

  /** How many are open; in the worst of storms more than are listed. */
  get total() {
    return this.#total;
  }

  /** Read all again. Rejects when the API does not answer. */
  reload() {
    return this.#inTurn(async () => {
      const { items, total } = await get("/board/incidents");
      const listed = new Set(items.map(({ id }) => id));
      if (total > items.length) await this.#setAside([...this.#known.keys()].filter((id) => !listed.has(id)));
      else this.#bringBack();
      const gone = [...this.#known.values()].filter(({ id }) => !listed.has(id));
      this.#take([...items, ...gone.map((incident) => ({ ...incident, status: "closed" }))], total);
      this.#loaded = true;
    });
  }

  /** What is no longer listed while more is open than is listed may only have been pushed off. */
  async #setAside(ids) {
    for (const incident of await readByIds(ids)) {
      if (incident.status !== "open") continue;
      this.#known.delete(incident.id);
      this.#beyond.set(incident.id, incident);
    }
  }

  /** All that is open is listed again. */
  #bringBack() {
    for (const [id, incident] of this.#beyond) this.#known.set(id, incident);
    this.#beyond.clear();
  }

  /** Read one again, with whatever else is asked for within a moment. Rejects when the API does not answer. */
  refresh(id) {
    this.#asked.add(id);
    this.#batch ??= new Promise((resolve) => setTimeout(resolve, TOGETHER_MS)).then(() =>
      this.#inTurn(() => this.#readAsked()),
    );
    return this.#batch;
  }

  async #readAsked() {
    this.#batch = null;
    const ids = [...this.#asked];
    this.#asked.clear();
    this.#take(await readByIds(ids), null, ids);
  }

  /** One reading after the other, so that an older answer never overtakes a newer one. */
  #inTurn(read) {
    const done = this.#last.then(read, read);
    this.#last = done;
    return done;
  }

  /** `total` is how many are open; null: count from what was open before. */
  #take(incidents, total, ids = incidents.map(({ id }) => id)) {
    for (const incident of incidents) {
      const { id, status } = incident;
      const isNew = !this.#seen.has(id);
      const wasBeyond = this.#beyond.delete(id);
      const wasOpen = status === "open" ? this.#known.has(id) : this.#known.delete(id);
      this.#seen.add(id);
      this.#total += (status === "open") - (wasOpen || wasBeyond);
      if (status === "open") {
        this.#known.set(id, incident);
        if (isNew) this.handlers.opened(incident, { first: !this.#loaded });
      } else if (wasOpen || wasBeyond || isNew) this.handlers.closed(incident); // also one that came and went unseen
    }
    this.#total = total ?? this.#total;
    this.handlers.changed(ids);
  }
}

async function readByIds(ids) {
  const found = [];
  for (let from = 0; from < ids.length; from += MOST_AT_ONCE) {
    const part = ids.slice(from, from + MOST_AT_ONCE);
    found.push(...(await get(`/board/incidents?${new URLSearchParams(part.map((id) => ["id", id]))}`)).items);
  }
  return found;
}
