// The pictures of a network, each drawn from its parameters into a canvas.

import { colour } from "./dom.js";
import { forward, room } from "./network.js";
import { scaleFor, shown } from "./numbers.js";

const UNITS = ["#0f7c8a", "#b8478c", "#6a9a1f", "#8d6bd1", "#c2571a", "#3f7fd1", "#a58a00", "#7a5c48"];

export const unitColour = i => UNITS[i % UNITS.length];

const rgb = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));

const grids = new WeakMap();

/** How many points a side the field has: fewer for networks that take long. */
const fineness = parameters => (parameters.reduce((sum, l) => sum + l.W.length, 0) < 150 ? 96 : 64);

/** The plane that a set of samples lies in, with a margin, and the points at which its field is computed. */
export function planeOf(samples, GRID) {
  if (!grids.has(samples)) grids.set(samples, new Map());
  if (!grids.get(samples).has(GRID)) {
    const side = row => {
      const xs = [...samples.X.subarray(row * samples.m, (row + 1) * samples.m), ...samples.X_test.subarray(row * samples.m_test, (row + 1) * samples.m_test)];
      const low = Math.min(...xs), high = Math.max(...xs), margin = (high - low) * 0.12;
      return [low - margin, high + margin];
    };
    const [x, y] = [side(0), side(1)], points = new Float64Array(2 * GRID * GRID);
    for (let i = 0; i < GRID; i++)
      for (let j = 0; j < GRID; j++) {
        points[i * GRID + j] = x[0] + (x[1] - x[0]) * (j + 0.5) / GRID;
        points[GRID * GRID + i * GRID + j] = y[1] - (y[1] - y[0]) * (i + 0.5) / GRID;
      }
    grids.get(samples).set(GRID, { x, y, points, tile: document.createElement("canvas"), rooms: new Map() });
  }
  return grids.get(samples).get(GRID);
}

function roomFor(grid, parameters, m) {
  const name = parameters.map(l => l.n).join("-");
  if (!grid.rooms.has(name)) grid.rooms.set(name, room(parameters, m));
  return grid.rooms.get(name);
}

/** How strongly a prediction speaks for one end of the palette: -1 .. 1. */
function leaning(samples, output, A, i, count) {
  if (samples.kind === "binary") return output === "tanh" ? 2 * A[i] - 1 : 2 * A[i] - 1;
  return A[i] / 1.5;
}

const CLASSES = ["class0", "class1", "class2", "class3", "class4"];

const fields = new Map(), MOST_FIELDS = 600; // of 96 x 96 pixels: 22 MB

/** The field of these parameters as pixels; those looked at last are kept, since a reader goes back and forth. */
function pixels(told, parameters, GRID) {
  const found = fields.get(parameters), pale = colour("field");
  if (found?.pale === pale) return found.image;
  if (fields.size >= MOST_FIELDS) fields.delete(fields.keys().next().value);
  const image = coloured(told, parameters, GRID);
  fields.set(parameters, { image, pale });
  return image;
}

function coloured(told, parameters, GRID) {
  const { samples } = told, grid = planeOf(samples, GRID);
  const A = forward(told.net, parameters, grid.points, roomFor(grid, parameters, GRID * GRID));
  const palette = CLASSES.map(name => rgb(colour(name))), pale = rgb(colour("field"));
  const image = new ImageData(GRID, GRID), n = samples.n_y, N = GRID * GRID;
  for (let i = 0; i < N; i++) {
    let tint, strength;
    if (samples.kind === "multiclass") {
      let best = 0;
      for (let k = 1; k < n; k++) if (A[k * N + i] > A[best * N + i]) best = k;
      [tint, strength] = [palette[best % palette.length], 1.4 * Math.max(0, A[best * N + i] - 1 / n)];
    } else {
      const lean = leaning(samples, told.output, A, i, N);
      [tint, strength] = [palette[lean > 0 ? 1 : 0], Math.abs(lean)];
    }
    const share = Number.isFinite(strength) ? Math.min(0.78, 0.12 + 0.66 * strength) * (strength > 0.02 ? 1 : strength / 0.02) : 0;
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = pale[c] + (tint[c] - pale[c]) * share;
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/** What a network says of every point of the plane, the samples, and the line of every unit of the first hidden layer. */
export function field(ctx, width, height, told, parameters) {
  const GRID = fineness(parameters), grid = planeOf(told.samples, GRID), { tile } = grid;
  if (tile.width !== GRID) tile.width = tile.height = GRID;
  tile.getContext("2d").putImageData(pixels(told, parameters, GRID), 0, 0);
  ctx.imageSmoothingEnabled = true;
  ctx.imageSmoothingQuality = "medium";
  ctx.drawImage(tile, 0, 0, width, height);
  grid.dots = still(ctx, width, height, colour("edge"), grid.dots, layer => dots(layer, width, height, told.samples, grid));
  unitLines(ctx, width, height, parameters[0], grid);
}

/** What does not change from step to step, drawn once and then copied; drawn anew for another size or theme. Returns the copy. */
function still(ctx, width, height, name, kept, draw) {
  const { canvas } = ctx;
  let copy = kept;
  if (copy?.name !== name || copy.canvas.width !== canvas.width || copy.canvas.height !== canvas.height) {
    copy = { name, canvas: document.createElement("canvas") };
    [copy.canvas.width, copy.canvas.height] = [canvas.width, canvas.height];
    const layer = copy.canvas.getContext("2d");
    layer.setTransform(ctx.getTransform());
    draw(layer);
  }
  ctx.drawImage(copy.canvas, 0, 0, width, height);
  return copy;
}

function dots(ctx, width, height, samples, { x, y }) {
  const { X, Y, m, n_y } = samples, edge = colour("edge");
  const size = Math.max(2, Math.min(3.4, width / 95));
  ctx.lineWidth = 1;
  ctx.strokeStyle = edge;
  for (let s = 0; s < m; s++) {
    let kind = 0;
    if (samples.kind === "multiclass") { for (let k = 1; k < n_y; k++) if (Y[k * m + s] > Y[kind * m + s]) kind = k; }
    else kind = samples.kind === "binary" ? Number(Y[s] > 0.5) : Number(Y[s] > 0);
    ctx.fillStyle = colour(`dot${kind % CLASSES.length}`);
    const px = (X[s] - x[0]) / (x[1] - x[0]) * width, py = (y[1] - X[m + s]) / (y[1] - y[0]) * height;
    ctx.beginPath();
    if (kind % 2) ctx.rect(px - size * 0.85, py - size * 0.85, size * 1.7, size * 1.7); // not by colour alone
    else ctx.arc(px, py, size, 0, 7);
    ctx.fill();
    ctx.stroke();
  }
}

/** Where z = 0 for each unit: the line w1 x1 + w2 x2 + b = 0, a tick on its side of z > 0. Equal lines are drawn once, wider. */
function unitLines(ctx, width, height, layer, { x, y }) {
  const seen = new Map();
  for (let i = 0; i < Math.min(layer.n, 16); i++) {
    const [w1, w2, b] = [layer.W[2 * i], layer.W[2 * i + 1], layer.b[i]], size = Math.hypot(w1, w2);
    if (!(size > 1e-9) || !Number.isFinite(b)) continue;
    const name = [w1, w2, b].map(v => (v / size).toFixed(4)).join();
    seen.set(name, { i, w1: w1 / size, w2: w2 / size, b: b / size, count: (seen.get(name)?.count ?? 0) + 1 });
  }
  const px = v => (v - x[0]) / (x[1] - x[0]) * width, py = v => (y[1] - v) / (y[1] - y[0]) * height;
  const far = Math.hypot(x[1] - x[0], y[1] - y[0]), middle = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
  for (const { i, w1, w2, b, count } of seen.values()) {
    const away = w1 * middle[0] + w2 * middle[1] + b, foot = [middle[0] - away * w1, middle[1] - away * w2];
    const ends = [-far, far].map(t => [px(foot[0] - t * w2), py(foot[1] + t * w1)]);
    for (const [tint, wide] of [[colour("edge"), 4.5], [unitColour(i), count > 1 ? 3.4 : 2]]) {
      ctx.strokeStyle = tint;
      ctx.lineWidth = wide;
      ctx.beginPath();
      ctx.moveTo(...ends[0]);
      ctx.lineTo(...ends[1]);
      ctx.moveTo(px(foot[0]), py(foot[1]));
      ctx.lineTo(px(foot[0] + w1 * far * 0.03), py(foot[1] + w2 * far * 0.03));
      ctx.stroke();
    }
    if (count > 1) label(ctx, `×${count}`, px(foot[0]) + 6, py(foot[1]) - 6, unitColour(i), true);
  }
}

function label(ctx, text, x, y, tint, cased = false) {
  ctx.font = "600 12px system-ui, sans-serif";
  if (cased) {
    ctx.lineWidth = 4;
    ctx.strokeStyle = colour("card");
    ctx.strokeText(text, x, y);
  }
  ctx.fillStyle = tint;
  ctx.fillText(text, x, y);
}

function small(ctx, text, x, y, align = "left") {
  ctx.font = "11px system-ui, sans-serif";
  ctx.textAlign = align;
  ctx.lineWidth = 3;
  ctx.strokeStyle = colour("card");
  ctx.strokeText(text, x, y);
  ctx.fillStyle = colour("muted");
  ctx.fillText(text, x, y);
  ctx.textAlign = "left";
}

/** One input: the samples and the curve that the network makes of them. */
export function curve(ctx, width, height, told, parameters) {
  const { samples } = told, { X, Y, m } = samples, N = 160;
  const [low, high] = [Math.min(...X), Math.max(...X)], [bottom, top] = [Math.min(...Y) - 0.4, Math.max(...Y) + 0.4];
  const line = Float64Array.from({ length: N }, (_, i) => low + (high - low) * i / (N - 1));
  const A = forward(told.net, parameters, line, room(parameters, N));
  const px = v => 8 + (v - low) / (high - low) * (width - 16), py = v => height - (v - bottom) / (top - bottom) * height;
  ctx.fillStyle = colour("field");
  ctx.fillRect(0, 0, width, height);
  ctx.fillStyle = colour("class0");
  for (let s = 0; s < m; s++) {
    ctx.beginPath();
    ctx.arc(px(X[s]), py(Y[s]), 2.4, 0, 7);
    ctx.fill();
  }
  ctx.strokeStyle = colour("accent");
  ctx.lineWidth = 2.5;
  ctx.beginPath();
  for (let i = 0; i < N; i++) ctx[i ? "lineTo" : "moveTo"](px(line[i]), Math.max(-50, Math.min(height + 50, py(A[i]))));
  ctx.stroke();
}

/** Many inputs, no plane: what the network says of each sample, a row for each class. */
export function predictions(ctx, width, height, told, parameters) {
  const { samples } = told, { X, Y, m, n_y } = samples, A = forward(told.net, parameters, X, room(parameters, m));
  ctx.fillStyle = colour("field");
  ctx.fillRect(0, 0, width, height);
  const multi = samples.kind === "multiclass", rows = multi ? n_y : samples.kind === "binary" ? 2 : 1;
  for (let s = 0; s < m; s++) {
    let row = 0;
    if (multi) { for (let k = 1; k < n_y; k++) if (Y[k * m + s] > Y[row * m + s]) row = k; }
    else if (samples.kind === "binary") row = Number(Y[s] > 0.5);
    const value = multi ? A[row * m + s] : rows === 2 ? A[s] : (A[s] + 3) / 6;
    const jitter = ((s * 7919) % 97) / 97;
    ctx.fillStyle = colour(`dot${row % CLASSES.length}`);
    ctx.globalAlpha = 0.75;
    ctx.beginPath();
    ctx.arc(10 + Math.max(0, Math.min(1, value)) * (width - 20), height * (row + 0.2 + 0.6 * jitter) / rows, 2.4, 0, 7);
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

/** The largest weight of a film, to which the widths of its edges are relative, so that one sees them grow. */
export function largestWeight(told) {
  const every = Math.max(1, Math.floor(told.frames.length / 12));
  const kept = told.frames.filter((_, i) => i % every === 0 || i === told.frames.length - 1);
  return Math.max(1e-12, ...kept.flatMap(frame => frame.map(l => l.W.reduce((most, w) => (Number.isFinite(w) ? Math.max(most, Math.abs(w)) : most), 0))));
}

/** The network: a node per unit, an edge per weight, its width the weight's size and its colour the sign. */
export function wiring(ctx, width, height, parameters, largest) {
  const sizes = [parameters[0].below, ...parameters.map(l => l.n)], most = 12;
  const columns = sizes.map((n, l) => {
    const count = Math.min(n, most);
    return Array.from({ length: count }, (_, i) => [18 + (width - 36) * l / (sizes.length - 1), height * (i + 0.5) / count]);
  });
  parameters.forEach((layer, l) => {
    columns[l + 1].forEach((to, i) => columns[l].forEach((from, j) => {
      const weight = layer.W[i * layer.below + j], share = Math.abs(weight) / largest;
      if (!(share > 0.004)) return;
      ctx.strokeStyle = colour(weight > 0 ? "class1" : "class0");
      ctx.globalAlpha = 0.25 + 0.75 * share;
      ctx.lineWidth = 0.6 + 5 * share;
      ctx.setLineDash(weight > 0 ? [] : [5, 3]); // not by colour alone
      ctx.beginPath();
      ctx.moveTo(...from);
      ctx.bezierCurveTo((from[0] + to[0]) / 2, from[1], (from[0] + to[0]) / 2, to[1], ...to);
      ctx.stroke();
    }));
  });
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
  columns.forEach((nodes, l) => nodes.forEach(([nx, ny], i) => {
    ctx.fillStyle = l === 1 && sizes.length > 2 ? unitColour(i) : colour("ink");
    ctx.strokeStyle = colour("card");
    ctx.lineWidth = 2;
    ctx.beginPath();
    ctx.arc(nx, ny, Math.min(7, height / nodes.length / 2.6), 0, 7);
    ctx.fill();
    ctx.stroke();
  }));
  if (Math.max(...sizes) > most) small(ctx, `${most} / ${Math.max(...sizes)}`, width - 4, height - 4, "right");
  small(ctx, `max |w| ${shown(Math.max(...parameters.map(l => l.W.reduce((most, w) => Math.max(most, Math.abs(w)), 0))), 2)}`, 4, height - 4);
}

/** The range of (w1, w2) that all units of these films move in. */
export function pathRange(films) {
  const ends = [[Infinity, -Infinity], [Infinity, -Infinity]], coordinates = [[], []];
  for (const told of films)
    for (const [layer] of told.frames)
      for (let i = 0; i < layer.n; i++) unitAt(layer, i).forEach((v, k) => Number.isFinite(v) && coordinates[k].push(v));
  coordinates.forEach((values, k) => {
    values.sort((a, b) => a - b);
    const cut = Math.floor(values.length * 0.004);
    const [low, high] = [values[cut] ?? -1, values[values.length - 1 - cut] ?? 1], margin = Math.max(0.08 * (high - low), 1e-3);
    ends[k] = [Math.min(low, 0) - margin, Math.max(high, 0) + margin];
  });
  return ends;
}

const unitAt = (layer, i) => (layer.below > 1 ? [layer.W[i * layer.below], layer.W[i * layer.below + 1]] : [layer.W[i], layer.b[i]]);

/** Each unit's way through (w1, w2) up to a frame; units at one place are one dot that says how many they are. */
export function paths(ctx, width, height, told, at, [[x0, x1], [y0, y1]]) {
  const px = v => (v - x0) / (x1 - x0) * width, py = v => height - (v - y0) / (y1 - y0) * height;
  ctx.strokeStyle = colour("line");
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(px(0), 0);
  ctx.lineTo(px(0), height);
  ctx.moveTo(0, py(0));
  ctx.lineTo(width, py(0));
  ctx.stroke();
  const layers = told.frames.slice(0, at + 1).map(([layer]) => layer), now = layers[at], places = new Map();
  for (let i = 0; i < Math.min(now.n, 32); i++) {
    ctx.strokeStyle = unitColour(i);
    ctx.globalAlpha = 0.7;
    ctx.lineWidth = 1.8;
    ctx.beginPath();
    layers.forEach((layer, f) => {
      const [a, b] = unitAt(layer, i);
      ctx[f ? "lineTo" : "moveTo"](px(a), py(b));
    });
    ctx.stroke();
    const [a, b] = unitAt(now, i), name = `${px(a).toFixed(1)},${py(b).toFixed(1)}`;
    places.set(name, { i, a, b, count: (places.get(name)?.count ?? 0) + 1 });
  }
  ctx.globalAlpha = 1;
  for (const { i, a, b, count } of places.values()) {
    ctx.fillStyle = unitColour(i);
    ctx.strokeStyle = colour("card");
    ctx.lineWidth = 2;
    ctx.beginPath();
    ctx.arc(px(a), py(b), count > 1 ? 8 : 5, 0, 7);
    ctx.fill();
    ctx.stroke();
    if (count > 1) label(ctx, `×${count}`, Math.min(px(a) + 11, width - 26), Math.max(14, py(b) - 7), colour("ink"), true);
  }
  small(ctx, now.below > 1 ? "w₁" : "w", width - 4, Math.max(12, Math.min(height - 4, py(0) - 4)), "right");
  small(ctx, now.below > 1 ? "w₂" : "b", Math.max(4, Math.min(width - 20, px(0) + 4)), 12);
}

/** A row per hidden layer: the distribution of its activations, its mean slope, the norm of its gradient. */
export function layersChart(ctx, width, height, layers, norms) {
  const row = height / layers.length, left = 22, bars = Math.max(60, width * 0.24);
  const middle = width - left - 2 * bars - 24;
  const scale = scaleFor(norms.length ? norms : [1]);
  layers.forEach(({ A, slope, gradient }, l) => {
    const top = l * row + 2, tall = Math.min(row - 4, 40);
    small(ctx, String(l + 1), 6, top + tall / 2 + 4);
    histogram(ctx, left, top, middle, tall, A);
    bar(ctx, left + middle + 12, top, bars, tall, slope, "accent", shown(slope, 2));
    bar(ctx, left + middle + bars + 24, top, bars, tall, Number.isFinite(gradient) ? scale.at(gradient) : 0, "muted", shown(gradient, 2));
  });
}

function histogram(ctx, x, y, width, height, A) {
  const bins = new Float64Array(24);
  let low = -1, high = 1;
  for (const a of A) if (Number.isFinite(a)) { low = Math.min(low, a); high = Math.max(high, a); }
  for (const a of A) if (Number.isFinite(a)) bins[Math.min(23, Math.max(0, Math.floor((a - low) / (high - low) * 24)))]++;
  const most = Math.max(...bins, 1);
  ctx.fillStyle = colour("soft");
  ctx.fillRect(x, y, width, height);
  ctx.fillStyle = colour("accent");
  bins.forEach((count, k) => {
    const tall = Math.sqrt(count / most) * height;
    ctx.fillRect(x + k * width / 24 + 0.5, y + height - tall, width / 24 - 1, tall);
  });
}

function bar(ctx, x, y, width, height, share, tint, text) {
  const thick = Math.min(height, 16), top = y + (height - thick) / 2;
  ctx.fillStyle = colour("soft");
  ctx.fillRect(x, top, width, thick);
  ctx.fillStyle = colour(tint);
  ctx.globalAlpha = 0.55;
  ctx.fillRect(x, top, Math.max(1, Math.min(1, share) * width), thick);
  ctx.globalAlpha = 1;
  ctx.font = "600 11px system-ui, sans-serif";
  ctx.fillStyle = colour("ink");
  ctx.fillText(text, x + 4, top + thick - 4);
}

const stepAt = (at, most) => Math.log1p(at) / Math.log1p(Math.max(most, 1));

const lossLayers = new WeakMap();

/** The losses of both arms against the step (log), and where we are. Solid: training; dashed: test. */
export function losses(ctx, width, height, films, tints, now, most) {
  const left = 46, w = width - left - 10, name = tints.join();
  lossLayers.set(films, still(ctx, width, height, name, lossLayers.get(films), layer => lossCurves(layer, width, height, films, tints, most)));
  const x = left + stepAt(now, most) * w;
  ctx.strokeStyle = colour("ink");
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(x, 4);
  ctx.lineTo(x, height - 22);
  ctx.stroke();
  return { stepFrom: at => Math.expm1(Math.max(0, Math.min(1, (at - left) / w)) * Math.log1p(most)) };
}

function lossCurves(ctx, width, height, films, tints, most) {
  const left = 46, bottom = 22, w = width - left - 10, tall = height - bottom - 8;
  const values = films.flatMap(told => [...told.loss, ...told.test]).filter(v => Number.isFinite(v) && v > 0);
  const [low, high] = [Math.min(...values, 1), Math.max(...values, 0.01)], log = high / low > 30;
  const at = v => (log ? Math.log(v / low) / Math.log(high / low || 2) : (v - Math.min(low, 0)) / (high - Math.min(low, 0) || 1));
  const px = v => left + stepAt(v, most) * w, py = v => 8 + tall * (1 - Math.max(0, Math.min(1.02, at(v))));
  ctx.strokeStyle = colour("line");
  ctx.lineWidth = 1;
  for (let power = 0; 10 ** power <= most; power++) {
    ctx.beginPath();
    ctx.moveTo(px(10 ** power), 8);
    ctx.lineTo(px(10 ** power), 8 + tall);
    ctx.stroke();
    small(ctx, (10 ** power).toLocaleString("en-US"), px(10 ** power), height - 6, "center");
  }
  small(ctx, "0", left, height - 6, "center");
  for (const value of log ? [low, Math.sqrt(low * high), high] : [0, high / 2, high]) small(ctx, shown(value, 2), left - 6, py(value) + 4, "right");
  films.forEach((told, k) => [[told.loss, []], [told.test, [4, 4]]].forEach(([series, dash]) => {
    ctx.strokeStyle = tints[k];
    ctx.lineWidth = 2.2;
    ctx.setLineDash(dash);
    ctx.beginPath();
    series.forEach((v, i) => Number.isFinite(v) && ctx[i ? "lineTo" : "moveTo"](px(told.steps[i]), py(log ? Math.max(v, low) : v)));
    ctx.stroke();
  }));
}
