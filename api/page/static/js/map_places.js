/** Where regions lie and which belong together, for the map. Pure; points are [lat, lon]. */

/** Region code -> point: its own position, else the middle of the stations in it and below it. */
export function placesOf(regions, stations) {
  const parents = new Map(regions.map((region) => [region.code, region.parent_code]));
  const inside = new Map();
  for (const station of stations.filter((one) => one.lon !== null)) {
    for (let code = station.region_code; code; code = parents.get(code)) {
      inside.set(code, [...(inside.get(code) ?? []), [station.lat, station.lon]]);
    }
  }
  const places = new Map([...inside].map(([code, points]) => [code, middle(points)]));
  for (const region of regions) {
    if (region.lon !== null) places.set(region.code, [region.lat, region.lon]);
  }
  return places;
}

/** Lines [from, to, level] that tie each village station to its town's team and each team to the brigade. */
export function connect(regions, stations, places) {
  const parents = new Map(regions.map((region) => [region.code, region.parent_code]));
  const seats = new Map(places);
  for (const station of stations) {
    if (station.tier !== "village" && station.lon !== null)
      seats.set(station.region_code, [station.lat, station.lon]);
  }
  const lines = [];
  for (const station of stations.filter((one) => one.tier !== "district" && one.lon !== null)) {
    const seat = seats.get(parents.get(station.region_code));
    if (seat) lines.push([[station.lat, station.lon], seat, station.tier]);
  }
  return lines;
}

function middle(points) {
  const mean = (place) => points.reduce((sum, point) => sum + point[place], 0) / points.length;
  return [mean(0), mean(1)];
}

/** Whether a station can be sent at an instant (ms); an absence with an end is over by itself. */
export function isInService({ in_service, out_until }, now) {
  return in_service || (out_until !== null && Date.parse(out_until) <= now);
}
