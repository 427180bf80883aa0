/**
 * The live feed: the API's event stream, and polling beside it.
 *
 * States: `live` (the stream tells us), `polling` (the stream is cut, polling still answers) and
 * `stale` (nothing answers; what is shown may be old). It recovers by itself from all of them.
 */

import { clock } from "./clock.js";

const RECONNECT_MS = 3000;
const POLL_LIVE_MS = 10000; // also finds a stream that hangs without an error
const POLL_CUT_MS = 4000;

export class Feed {
  #connected = false;
  #reachable = true;
  #timer = 0;
  #reading = Promise.resolve();
  #next = null; // the reading after the one that goes on
  #isNextDeep = false;
  #handlers;
  #kinds;

  /** The server's time of the last answer, ms; what is shown is at least that fresh. */
  freshAt = clock.now();

  /**
   * Handlers: `poll({deep})` reads again what may have changed, with `deep` everything, and rejects
   * on failure; `change(ids)` hears of one change of the stream's `kinds`.
   */
  constructor(handlers, kinds = ["incident", "assignment"]) {
    this.#handlers = handlers;
    this.#kinds = kinds;
  }

  /** Begin with what comes first; everything follows when the stream opens, or is found cut. */
  start() {
    this.#connect();
    return this.poll({ deep: false });
  }

  get state() {
    if (!this.#reachable) return "stale";
    return this.#connected ? "live" : "polling";
  }

  #connect() {
    const source = new EventSource("/api/v1/stream");
    source.onopen = () => {
      this.#connected = true;
      this.poll({ deep: true }); // what changed while we were not listening
    };
    source.onerror = () => {
      this.#connected = false;
      this.poll();
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#connect(), RECONNECT_MS);
    };
    for (const kind of this.#kinds) {
      source.addEventListener(kind, (event) => {
        this.freshAt = clock.now();
        this.#handlers.change(JSON.parse(event.data));
      });
    }
  }

  /** Read again, in full unless the stream has told us everything. Who asks during a reading shares the next. */
  poll({ deep = this.state !== "live" } = {}) {
    this.#isNextDeep ||= deep;
    this.#next ??= this.#reading.then(() => this.#read());
    return this.#next;
  }

  async #read() {
    const deep = this.#isNextDeep;
    [this.#reading, this.#next, this.#isNextDeep] = [this.#next, null, false];
    clearTimeout(this.#timer);
    try {
      await this.#handlers.poll({ deep });
      this.#reachable = true;
      this.freshAt = clock.now();
    } catch {
      this.#reachable = false;
    }
    this.#timer = setTimeout(() => this.poll(), this.state === "live" ? POLL_LIVE_MS : POLL_CUT_MS);
  }
}
