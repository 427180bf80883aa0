/**
 * The server's clock, learnt from the Date header of its answers, so that the ring is right on a PC
 * with a wrong clock.
 *
 * The header counts whole seconds and may be a second old, so one answer only bounds the offset:
 *   header - moment received  <=  offset  <  header + 2 s - moment sent.
 * The highest lower bound of the last answers is the best known offset. It is measured against
 * performance.now(), which no one can set.
 */

const KEPT = 30;
const HEADER_COARSENESS_MS = 2000;

export class ServerClock {
  #bounds = [];
  #offset = Date.now() - performance.now();

  /** Learn from one answer; `sentAt` and `receivedAt` are values of performance.now(). */
  observe(dateHeader, sentAt, receivedAt) {
    const server = Date.parse(dateHeader ?? "");
    if (Number.isNaN(server)) return;
    const highest = server + HEADER_COARSENESS_MS - sentAt;
    if (this.#bounds.some((bound) => bound > highest)) this.#bounds = []; // a clock has jumped: begin again
    this.#bounds = [...this.#bounds, server - receivedAt].slice(-KEPT);
    this.#offset = Math.max(...this.#bounds);
  }

  /** The server's time now, milliseconds since 1970. */
  now() {
    return performance.now() + this.#offset;
  }
}

export const clock = new ServerClock();

/** Call `task` now and at every full second of the server's clock. */
export function everySecond(task) {
  task();
  setTimeout(() => everySecond(task), 1000 - (clock.now() % 1000) + 5);
}
