/**
 * One picture of columns and lines, drawn by uPlot: columns count records on the right, lines measure on the left.
 *
 * It is for the eye and the mouse alone; who does not see it reads the same figures in the table beside it.
 */

/* global uPlot */
import { h, svg } from "./dom.js";

const HEIGHT_REM = 15;
const DASH = [7, 5];
const alive = new Set();

/**
 * A picture is `{labels, edges?, columns, lines, measure, mark?, level?, pick}`:
 * `labels` one text a column or, with `edges`, one more than there are columns, at their edges;
 * `columns` `{label, values, text}`; `lines` `[{label, values, dashed}]`;
 * `measure` `{text, steps, most?}` says how the left axis reads, steps and ends;
 * `mark` `{at, text}` a line before the column `at`; `level` `{value, text}` a line across;
 * `pick(index)` follows a click on a column.
 */
export function chart(picture) {
  const canvas = h("div", { class: "chart-canvas" });
  const readout = h("p", { class: "chart-readout" });
  let plot = null;
  new ResizeObserver(([{ contentRect }]) => {
    if (!contentRect.width) return;
    const size = { width: Math.floor(contentRect.width), height: HEIGHT_REM * rem() };
    if (plot) plot.setSize(size);
    else plot = draw(picture, size, canvas, readout);
  }).observe(canvas);
  return h("div", { class: "chart", "aria-hidden": "true" }, legend(picture), canvas, readout);
}

function draw(picture, size, canvas, readout) {
  for (const old of alive) {
    if (old.root.isConnected) continue;
    old.destroy();
    alive.delete(old);
  }
  const count = picture.columns.values.length;
  const data = [Array.from({ length: count }, (_, i) => i), picture.columns.values];
  data.push(...picture.lines.map(({ values }) => values));
  const plot = new uPlot(optionsOf(picture, size, readout), data, canvas);
  plot.over.addEventListener("click", () => plot.cursor.idx !== null && picture.pick(plot.cursor.idx));
  alive.add(plot);
  return plot;
}

function optionsOf(picture, size, readout) {
  const { columns, lines, measure, level } = picture;
  const count = columns.values.length;
  const known = lines.flatMap(({ values }) => values).filter((value) => value !== null);
  const most = measure.most ?? Math.max(measure.steps[0], level?.value ?? 0, ...known) * 1.12;
  return {
    ...size,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: [-0.5, count - 0.5] },
      measure: { range: [0, most] },
      n: { range: [0, Math.max(4, ...columns.values) * 1.12] },
    },
    axes: axes(picture),
    series: [{}, columnSeries(), ...lines.map((line) => lineSeries(line, picture.edges))],
    hooks: {
      draw: [(plot) => drawTargets(plot, picture)],
      setCursor: [(plot) => read(plot, picture, readout)],
    },
  };
}

function columnSeries() {
  const paths = uPlot.paths.bars({ size: [0.86, 80] });
  return {
    scale: "n",
    paths,
    points: { show: false },
    fill: `${ink("--info")}55`,
    stroke: ink("--info"),
    width: 1,
  };
}

function lineSeries({ dashed }, edges) {
  const stroke = ink(dashed ? "--alarm" : "--good");
  const points = { show: !edges, size: 7, fill: stroke };
  const paths = edges ? atRightEdges : undefined;
  return { scale: "measure", stroke, width: 2.5, dash: dashed ? DASH : undefined, points, paths };
}

/** A share is reached where its column ends, not in its middle. */
function atRightEdges(plot, series, from, to) {
  const { stroke } = uPlot.paths.linear()(plot, series, from, to);
  const halfColumn = plot.valToPos(0.5, "x", true) - plot.valToPos(0, "x", true);
  const shifted = new Path2D();
  shifted.addPath(stroke, new DOMMatrix().translate(halfColumn, 0));
  return { stroke: shifted, fill: null, clip: null, band: null, gaps: null, flags: 1 };
}

function axes(picture) {
  const look = { stroke: ink("--quiet"), font: font(), ticks: { stroke: ink("--line") } };
  const size = 3.4 * rem();
  return [
    { ...look, ...alongColumns(picture), size: 1.8 * rem(), grid: { show: false } },
    {
      ...look,
      size,
      scale: "measure",
      incrs: picture.measure.steps,
      values: (_plot, values) => values.map(picture.measure.text),
      grid: { stroke: ink("--line"), width: 1 },
    },
    { ...look, size: 2.4 * rem(), scale: "n", side: 1, incrs: wholeSteps(), grid: { show: false } },
  ];
}

/** Where the texts below stand: as many as there is room for. */
function alongColumns({ labels, edges, columns }) {
  const count = columns.values.length;
  const longest = Math.max(...labels.map((label) => label.length));
  const every = (plot) => Math.max(1, Math.ceil((labels.length * (longest + 2) * rem() * 0.6) / plot.width));
  const shift = edges ? 0.5 : 0;
  return {
    splits: (plot) => labels.map((_, i) => i - shift).filter((_, i) => i % every(plot) === 0),
    values: (_plot, at) => at.map((value) => labels[value + shift] ?? ""),
    range: [-0.5, count - 0.5],
  };
}

function drawTargets(plot, { mark, level }) {
  const { left, top, width, height } = plot.bbox;
  if (mark) {
    const x = plot.valToPos(mark.at - 0.5, "x", true);
    drawTarget(plot.ctx, [x, top, x, top + height], mark.text, top, x > left + width / 4);
  }
  if (level) {
    const y = plot.valToPos(level.value, "measure", true);
    drawTarget(plot.ctx, [left, y, left + width, y], level.text, y - 1.4 * rem() * devicePixelRatio, false);
  }
}

/** A dotted line with its word beside its beginning, on a ground of its own so that columns do not hide it. */
function drawTarget(pen, [x, y, endX, endY], text, textTop, isLeftward) {
  const size = 0.82 * rem() * devicePixelRatio;
  pen.save();
  Object.assign(pen, { strokeStyle: ink("--warn"), lineWidth: size / 6, font: `${size}px sans-serif` });
  pen.setLineDash([size / 5, size / 3]);
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(endX, endY);
  pen.stroke();
  const width = pen.measureText(text).width + size;
  const start = isLeftward ? x - width - size / 3 : x + size / 3;
  pen.fillStyle = ink("--panel");
  pen.fillRect(start, textTop, width, size * 1.5);
  pen.fillStyle = ink("--warn");
  Object.assign(pen, { textAlign: "left", textBaseline: "middle" });
  pen.fillText(text, start + size / 2, textTop + size * 0.75);
  pen.restore();
}

/** What lies under the mouse, in one line. */
function read(plot, { labels, edges, columns, lines, measure }, readout) {
  const i = plot.cursor.idx;
  if (i === null || i === undefined) {
    readout.textContent = "";
    return;
  }
  const at = edges ? `${labels[i]} – ${labels[i + 1]}` : labels[i];
  const measured = lines.map(
    ({ label, values }) => `${label} ${values[i] === null ? "—" : measure.text(values[i])}`,
  );
  readout.textContent = [at, `${columns.label} ${columns.values[i]}`, ...measured].join(" · ");
}

function legend({ columns, lines }) {
  const column = svg("rect", { x: 6, y: 3, width: 12, height: 11, class: "chart-column" });
  const line = ({ dashed }) =>
    svg("line", { x1: 0, y1: 9, x2: 26, y2: 9, class: dashed ? "chart-dashed" : "chart-line" });
  const entry = (sample, label) =>
    h("li", {}, svg("svg", { width: 26, height: 18, viewBox: "0 0 26 18" }, sample), label);
  return h(
    "ul",
    { class: "chart-legend" },
    lines.map((one) => entry(line(one), one.label)),
    entry(column, columns.label),
  );
}

function wholeSteps() {
  return [1, 2, 5]
    .flatMap((step) => [step, 10 * step, 100 * step, 1000 * step, 10_000 * step])
    .sort((a, b) => a - b);
}

function ink(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function rem() {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

function font() {
  return `${0.82 * rem()}px system-ui, sans-serif`;
}
