/** The open incidents as last read from the API, each in full. */

import { get, getAll } from "./api.js";

export class OpenIncidents {
  #known = new Map();
  #reading = new Map();
  #loaded = false;

  /** Handlers: `changed(id)` after any change, `opened(incident)` for one that is new, `closed(incident)`. */
  constructor(handlers) {
    this.handlers = handlers;
  }

  /** Newest first; drills after real ones. */
  list() {
    return [...this.#known.values()].sort(
      (a, b) => a.drill - b.drill || Date.parse(b.opened_at) - Date.parse(a.opened_at),
    );
  }

  /**
   * Read which incidents are open, and those that opened or closed since; with `deep` all of them.
   * Rejects when the API does not answer.
   */
  async reload({ deep }) {
    const open = new Set((await getAll("/incidents", { status: "open" })).map((incident) => incident.id));
    const known = new Set(this.#known.keys());
    const wanted = [...new Set([...open, ...known])].filter((id) => deep || open.has(id) !== known.has(id));
    await Promise.all(wanted.map((id) => this.refresh(id)));
    this.#loaded = true;
  }

  /** Read one again. Calls during a reading share one more reading after it, so none is missed. */
  refresh(id) {
    const running = this.#reading.get(id);
    if (running) {
      running.again ??= running.done.then(() => this.refresh(id));
      return running.again;
    }
    const reading = {};
    reading.done = this.#read(id).finally(() => this.#reading.delete(id));
    this.#reading.set(id, reading);
    return reading.done;
  }

  async #read(id) {
    const incident = await get(`/incidents/${encodeURIComponent(id)}`);
    const before = this.#known.get(id);
    if (before && JSON.stringify(before) === JSON.stringify(incident)) return;
    if (incident.status === "open") {
      this.#known.set(id, incident);
      if (!before) this.handlers.opened(incident, { first: !this.#loaded });
    } else {
      this.#known.delete(id);
      this.handlers.closed(incident); // also one that was opened and closed before we looked
    }
    this.handlers.changed(id);
  }
}
