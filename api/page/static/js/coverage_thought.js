/** What is thought of on the coverage page: stations added, moved or closed, roads closed. Pure. */

const EMPTY = { add: [], move: [], close_stations: [], close_roads: [] };

export class Thought {
  #changes = structuredClone(EMPTY);

  get isEmpty() {
    return Object.values(this.#changes).every((list) => !list.length);
  }

  /** A station there. */
  add(lon, lat) {
    this.#changes.add.push({ lon, lat });
  }

  /** The station is there instead; said again, it is there. */
  move(station_id, lon, lat) {
    this.#forget(station_id);
    this.#changes.move.push({ station_id, lon, lat });
  }

  closeStation(station_id) {
    this.#forget(station_id);
    this.#changes.close_stations.push(station_id);
  }

  closeRoad(lon, lat) {
    this.#changes.close_roads.push({ lon, lat });
  }

  remove(kind, index) {
    this.#changes[kind].splice(index, 1);
  }

  clear() {
    this.#changes = structuredClone(EMPTY);
  }

  /** Every change as {kind, index, lon?, lat?, station_id?}. */
  list() {
    return Object.entries(this.#changes).flatMap(([kind, list]) =>
      list.map((change, index) => ({
        kind,
        index,
        ...(typeof change === "string" ? { station_id: change } : change),
      })),
    );
  }

  /** As the API takes it. */
  get body() {
    return structuredClone(this.#changes);
  }

  #forget(station_id) {
    this.#changes.move = this.#changes.move.filter((change) => change.station_id !== station_id);
    this.#changes.close_stations = this.#changes.close_stations.filter((id) => id !== station_id);
  }
}
