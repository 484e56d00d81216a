// An arm's networks: their samples, their starts, their training here, and the record that it is held against.

import { backward, copied, cost, forward, initialise, network, probeSteps, room, sizesOf, step } from "./network.js";
import { PAGE } from "./state.js";
import { unpacked } from "./numbers.js";

export const FRAMES = 120;
const SLICE = 12; // milliseconds of training between two pictures

const samplesByName = new Map();

/** A set of samples, decoded once. */
export function samplesOf(name) {
  if (!samplesByName.has(name)) {
    const kept = PAGE.data[name];
    const arrays = Object.fromEntries(["X", "Y", "X_test", "Y_test"].map(part => [part, unpacked(kept[part])]));
    samplesByName.set(name, { ...kept, ...arrays });
  }
  return samplesByName.get(name);
}

/** Parameters from one row of numbers: each layer's W and then its b. */
function shaped(numbers, sizes) {
  let at = 0;
  return sizes.slice(1).map((n, l) => {
    const below = sizes[l], W = Float64Array.from(numbers.subarray(at, at + n * below));
    at += n * below;
    const b = Float64Array.from(numbers.subarray(at, at + n));
    at += n;
    return { n, below, W, b };
  });
}

const lengthOf = sizes => sizes.slice(1).reduce((sum, n, l) => sum + n * (sizes[l] + 1), 0);

/** The start of network r of an arm: as recorded where it is stored, else drawn as the command line draws it. */
export function startOf(arm, r) {
  const nets = arm.networks, P = lengthOf(nets.sizes);
  if (nets.starts) return shaped(unpacked(nets.starts).subarray(r * P, (r + 1) * P), nets.sizes);
  const { scheme, scale, zero } = nets.init;
  return initialise(scheme, nets.sizes, nets.seed, nets.first + r, scale, zero);
}

/** The steps of an arm that are shown. */
export const framesOf = steps => probeSteps(steps, FRAMES);

/** What training has looked like: parameters and losses at each frame. */
function film(net, samples, steps) {
  return { net, samples, steps, frames: [], loss: [], test: [], done: false };
}

function keep(told, parameters, into, intoTest) {
  const { net, samples } = told;
  forward(net, parameters, samples.X, into);
  told.loss.push(cost(net, samples.Y, into));
  if (intoTest) {
    forward(net, parameters, samples.X_test, intoTest);
    told.test.push(cost(net, samples.Y_test, intoTest));
  }
  told.frames.push(copied(parameters));
}

const nextTurn = () => new Promise(resume => setTimeout(resume, 0));

/** Train from a start, a slice at a time; `tell` hears of every slice, and false from it ends the training. */
export async function trained(net, start, samples, rate, steps, tell = () => true) {
  const parameters = copied(start), told = film(net, samples, steps);
  const into = room(parameters, samples.m), intoTest = samples.m_test ? room(parameters, samples.m_test) : null;
  let now = 0, since = performance.now();
  for (const target of steps) {
    for (; now < target; now++) {
      step(net, parameters, samples.X, samples.Y, rate, into);
      if ((now & 15) === 0 && performance.now() - since > SLICE) {
        if (tell(now / steps[steps.length - 1]) === false) return null;
        await nextTurn();
        since = performance.now();
      }
    }
    keep(told, parameters, into, intoTest);
  }
  told.done = true;
  return told;
}

const filmsByName = new Map();

/** Network r of an arm, trained here from its recorded start and held against its recorded losses. Cached. */
export async function filmOf(arm, r, tell) {
  const name = `${arm.run}/${r}`;
  if (!filmsByName.has(name)) {
    const nets = arm.networks, samples = samplesOf(nets.data[r]);
    const steps = [...new Set([...framesOf(nets.steps), ...arm.steps])].sort((a, b) => a - b);
    const told = await trained(network(nets.hidden, nets.output), startOf(arm, r), samples, nets.rate, steps, tell);
    if (!told) return null;
    told.agrees = agreement(arm, r, told);
    filmsByName.set(name, told.agrees.share > 1e-4 && recorded(arm, r) ? recorded(arm, r) : told);
  }
  return filmsByName.get(name);
}

/** The largest relative distance between losses trained here and recorded, and the first step with more than 10^-4. */
export function agreement(arm, r, told) {
  const nets = arm.networks, loss = unpacked(nets.loss, Float32Array), n = loss.length / arm.steps.length;
  if (r >= n) return { share: NaN, from: null };
  let share = 0, from = null;
  arm.steps.forEach((at, i) => {
    const there = loss[i * n + r], here = told.loss[told.steps.indexOf(at)];
    const distance = Math.abs(here - there) / Math.max(Math.abs(there), 1e-9);
    if (Number.isFinite(distance) && distance > share) share = distance;
    if (distance > 1e-4 && from === null) from = at;
  });
  return { share, from };
}

/** The weights that were recorded of network r, at the recorded steps; null where none were. */
export function recorded(arm, r) {
  const nets = arm.networks;
  if (!nets.snapshots || r >= nets.snapshots.kept) return null;
  const samples = samplesOf(nets.data[r]), P = lengthOf(nets.sizes), K = nets.snapshots.kept;
  const weights = unpacked(nets.snapshots.weights, Float32Array), told = film(network(nets.hidden, nets.output), samples, arm.steps);
  const first = shaped(weights.subarray(r * P, (r + 1) * P), nets.sizes);
  const into = room(first, samples.m), intoTest = samples.m_test ? room(first, samples.m_test) : null;
  arm.steps.forEach((_, t) => keep(told, shaped(weights.subarray((t * K + r) * P, (t * K + r + 1) * P), nets.sizes), into, intoTest));
  return { ...told, done: true, fromRecord: true };
}

/** All that the layers of a network say on its samples: activations (until the next look), mean slopes, norms of gradients. */
export function looked(told, at) {
  const parameters = told.frames[at], { X, Y, m } = told.samples, into = told.room ||= room(parameters, m);
  forward(told.net, parameters, X, into);
  backward(told.net, parameters, X, Y, into);
  return parameters.slice(0, -1).map((layer, l) => {
    const { slope, steepest } = told.net.hidden[l], A = into.A[l], Z = into.Z[l];
    let total = 0, flat = 0;
    for (let i = 0; i < Z.length; i++) {
      const value = Math.abs(slope(Z[i], A[i]));
      total += value;
      flat += value < 0.1 * steepest;
    }
    const norm = Math.sqrt(into.dW[l].reduce((sum, x) => sum + x * x, 0));
    return { A, slope: total / Z.length / steepest, saturated: flat / Z.length, gradient: norm };
  });
}

/** How many different units the first hidden layer has: those nearer than 10^-6 of their size are one. */
export function distinctUnits(parameters) {
  const [layer, above] = parameters, rows = [];
  for (let i = 0; i < layer.n; i++) {
    const row = [...layer.W.subarray(i * layer.below, (i + 1) * layer.below), layer.b[i]];
    for (let k = 0; k < above.n; k++) row.push(above.W[k * above.below + i]);
    rows.push(row);
  }
  const size = rows.reduce((sum, row) => sum + row.reduce((a, x) => a + x * x, 0), 0) / rows.length;
  const same = (a, b) => a.reduce((sum, x, k) => sum + (x - b[k]) ** 2, 0) <= 1e-12 * size;
  return rows.filter((row, i) => !rows.slice(0, i).some(earlier => same(row, earlier))).length;
}

export const sizesIn = told => sizesOf(told.frames[0]);

/** The last frame at or before a step. */
export function frameAt(told, at) {
  let found = 0;
  while (found + 1 < told.steps.length && told.steps[found + 1] <= at) found++;
  return Math.min(found, told.frames.length - 1);
}
