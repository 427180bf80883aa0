/**
 * Many points on the map, drawn on one canvas in one go: 20,000 of them stay smooth. While the map is
 * dragged the canvas moves with it; it is drawn anew when the map has come to rest.
 */

/* global L */
const PADDING = 0.25; // of the view, drawn beyond each edge so that dragging shows no gap
const HIT_PX = 14;
const WORLD_PX = 256; // at zoom 0
const EDGE = "#0a0f14";

/**
 * `new PointsLayer(styles)`: for every kind `{colour, draw?, quiet?}` in the order of drawing; `draw(pen, x, y, r)`
 * adds a sign to the path, without it a kind is dots. Nobody points at what is `quiet`.
 */
export const PointsLayer = L.Layer.extend({
  initialize(styles) {
    this._styles = styles;
    this._kinds = {};
  },

  /** Show points by kind: `{reached: [[lat, lon], …], late: …}`. */
  show(kinds) {
    this._kinds = Object.fromEntries(Object.entries(kinds).map(([kind, points]) => [kind, flat(points)]));
    if (this._map) this._draw();
  },

  onAdd(map) {
    this._canvas = L.DomUtil.create("canvas", "leaflet-zoom-hide", map.getPanes().overlayPane);
    map.on("moveend resize viewreset", this._draw, this);
    this._draw();
  },

  onRemove(map) {
    map.off("moveend resize viewreset", this._draw, this);
    this._canvas.remove();
  },

  /** Whether any point of a kind that speaks lies under a place of the map. */
  hits(latlng) {
    const at = this._map.project(latlng);
    const scale = this._map.options.crs.scale(this._map.getZoom()) / this._map.options.crs.scale(0);
    return Object.entries(this._kinds).some(([kind, points]) => {
      if (this._styles[kind].quiet) return false;
      for (let i = 0; i < points.length; i += 2) {
        if (Math.hypot(points[i] * scale - at.x, points[i + 1] * scale - at.y) < HIT_PX) return true;
      }
      return false;
    });
  },

  _draw() {
    const map = this._map;
    const size = map.getSize();
    const corner = size.multiplyBy(-PADDING);
    const [width, height] = [size.x * (1 + 2 * PADDING), size.y * (1 + 2 * PADDING)];
    const sharp = window.devicePixelRatio || 1;
    Object.assign(this._canvas, { width: width * sharp, height: height * sharp });
    Object.assign(this._canvas.style, { width: `${width}px`, height: `${height}px` });
    const topLeft = map.containerPointToLayerPoint(corner);
    L.DomUtil.setPosition(this._canvas, topLeft);
    const pen = this._canvas.getContext("2d");
    pen.scale(sharp, sharp);
    const scale = map.options.crs.scale(map.getZoom()) / map.options.crs.scale(0);
    const origin = map.getPixelOrigin().add(topLeft);
    const radius = Math.min(9, Math.max(4, map.getZoom() - 7));
    const view = { pen, scale, origin, width, height, radius };
    for (const [kind, style] of Object.entries(this._styles)) {
      const points = this._kinds[kind] ?? [];
      if (style.draw) signs(view, points, style);
      else dots(view, points, style);
    }
  },
});

/** Pixels of the whole world at zoom 0, x and y in turn: Leaflet's projection without its objects a point. */
function flat(points) {
  const found = new Float64Array(points.length * 2);
  points.forEach(([lat, lon], i) => {
    const north = Math.asinh(Math.tan((lat * Math.PI) / 180));
    found[2 * i] = WORLD_PX * (0.5 + lon / 360);
    found[2 * i + 1] = WORLD_PX * (0.5 - north / (2 * Math.PI));
  });
  return found;
}

/** Call `draw(x, y)` for every point in view: no object a point, for there are many. */
function eachSeen({ scale, origin, width, height }, points, draw) {
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i] * scale - origin.x;
    const y = points[i + 1] * scale - origin.y;
    if (x > -9 && y > -9 && x < width + 9 && y < height + 9) draw(x, y);
  }
}

function dots(view, points, { colour }) {
  const { pen } = view;
  const side = Math.max(2, view.radius - 2);
  pen.fillStyle = colour;
  eachSeen(view, points, (x, y) => pen.fillRect(x - side / 2, y - side / 2, side, side));
}

function signs(view, points, { colour, draw }) {
  const { pen, radius } = view;
  pen.beginPath();
  eachSeen(view, points, (x, y) => draw(pen, x, y, radius));
  Object.assign(pen, { fillStyle: colour, strokeStyle: EDGE, lineWidth: 2 });
  pen.stroke(); // first: an edge must not cut into its neighbours
  pen.fill();
}

/** Pointing up (-1) or down (1). */
export function triangle(pen, x, y, r, down = -1) {
  pen.moveTo(x, y + down * r);
  pen.lineTo(x + r, y - down * r * 0.8);
  pen.lineTo(x - r, y - down * r * 0.8);
  pen.closePath();
}

/** Upright. */
export function cross(pen, x, y, r) {
  const arm = r / 3;
  pen.rect(x - arm, y - r, 2 * arm, 2 * r);
  pen.rect(x - r, y - arm, 2 * r, 2 * arm);
}

/** Standing on its point. */
export function diamond(pen, x, y, r) {
  pen.moveTo(x, y - r);
  pen.lineTo(x + r, y);
  pen.lineTo(x, y + r);
  pen.lineTo(x - r, y);
  pen.closePath();
}

/** Lying, as a bar. */
export function bar(pen, x, y, r) {
  pen.rect(x - r, y - r / 3, 2 * r, (2 * r) / 3);
}
