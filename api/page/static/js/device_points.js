/** Every device as a point of the map, coloured and shaped by its state; the stream keeps it true. */

import { get } from "./api.js";
import { bar, cross, diamond, PointsLayer, triangle } from "./points_layer.js";

const AGAIN_MS = 60_000; // at most so often in full, however often the stream is cut
const TOGETHER_MS = 1000; // changes of one moment are drawn together

/** By what is drawn last, and so lies on top. */
const STYLES = {
  calm: { colour: "rgba(100, 211, 200, 0.5)", quiet: true },
  low_battery: { colour: "#a9bccd", draw: bar },
  offline: { colour: "#84bdff", draw: diamond },
  fault: { colour: "#ffc55c", draw: cross },
  alarm: { colour: "#ff8467", draw: triangle },
};
const DRAWN_AS = { ...Object.fromEntries(Object.keys(STYLES).map((kind) => [kind, kind])), tamper: "fault" };

/** What the legend shows, the most urgent first. */
export const DEVICE_SIGNS = { alarm: "▲", fault: "✚", offline: "◆", low_battery: "▬" };

export class DevicePoints {
  layer = new PointsLayer(STYLES);
  #devices = new Map();
  #readAt = Number.NEGATIVE_INFINITY;
  #drawing = 0;

  /** Read all again unless that was done just now. Rejects when the API does not answer. */
  async reload() {
    if (performance.now() - this.#readAt < AGAIN_MS) return;
    this.#readAt = performance.now();
    const { id, lon, lat, state, states } = await get("/board/devices");
    this.#devices = new Map(id.map((one, i) => [one, { place: [lat[i], lon[i]], state: states[state[i]] }]));
    this.#draw();
  }

  /** A device's state has changed; one that is new is drawn with the next reading. */
  change({ device_id, state }) {
    const device = this.#devices.get(device_id);
    if (!device || device.state === state) return;
    device.state = state;
    this.#drawing ||= setTimeout(() => this.#draw(), TOGETHER_MS);
  }

  #draw() {
    clearTimeout(this.#drawing);
    this.#drawing = 0;
    const kinds = Object.fromEntries(Object.keys(STYLES).map((kind) => [kind, []]));
    for (const { place, state } of this.#devices.values()) kinds[DRAWN_AS[state] ?? "calm"].push(place);
    this.layer.show(kinds);
  }
}
