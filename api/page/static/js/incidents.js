/**
 * The open incidents in short, as last read from the API: all of them seldom, those that changed at once.
 * However many changes the stream tells in a storm, they are asked about together.
 */

import { get } from "./api.js";

const TOGETHER_MS = 250;
const MOST_AT_ONCE = 100; // the API's limit

export class OpenIncidents {
  #known = new Map();
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
    return Math.max(this.#total, this.#known.size);
  }

  /** Read all again. Rejects when the API does not answer. */
  reload() {
    return this.#inTurn(async () => {
      const { items, total } = await get("/board/incidents");
      const open = new Set(items.map(({ id }) => id));
      const gone = [...this.#known.values()].filter(({ id }) => !open.has(id));
      this.#total = total;
      this.#take([...items, ...gone.map((incident) => ({ ...incident, status: "closed" }))]);
      this.#loaded = true;
    });
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
    for (let from = 0; from < ids.length; from += MOST_AT_ONCE) {
      const part = ids.slice(from, from + MOST_AT_ONCE);
      const { items } = await get(`/board/incidents?${new URLSearchParams(part.map((id) => ["id", id]))}`);
      this.#take(items, part);
    }
  }

  /** One reading after the other, so that an older answer never overtakes a newer one. */
  #inTurn(read) {
    const done = this.#last.then(read, read);
    this.#last = done;
    return done;
  }

  #take(incidents, ids = incidents.map(({ id }) => id)) {
    for (const incident of incidents) {
      const { id, status } = incident;
      const isNew = !this.#seen.has(id);
      this.#seen.add(id);
      if (status === "open") {
        this.#known.set(id, incident);
        if (isNew) this.handlers.opened(incident, { first: !this.#loaded });
      } else {
        const wasOpen = this.#known.delete(id);
        if (wasOpen) this.#total -= 1;
        if (wasOpen || isNew) this.handlers.closed(incident); // also one that came and went unseen
      }
    }
    this.handlers.changed(ids);
  }
}
