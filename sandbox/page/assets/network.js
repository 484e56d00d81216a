// The notes' equations for one network, in double precision. Samples are columns: X is (n_x, m) row by row, Float64Array.
// A layer is {W (n, below), b (n), n, below}; parameters are a list of layers.

import { Generator } from "./rng.js";

const LEAK = 0.01, SCALED = 1.7159;

export const sigmoid = z => 1 / (1 + Math.exp(-z));

/** erf x by its series of positive terms, 2/sqrt(pi) e^(-x^2) sum 2^k x^(2k+1) / (2k+1)!!; beyond 6 it is 1 to the last bit. */
export function erf(x) {
  if (!(Math.abs(x) < 6)) return Number.isNaN(x) ? NaN : Math.sign(x);
  let term = x, sum = x;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) sum += term *= 2 * x * x / k;
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}

const normalCdf = z => 0.5 * (1 + erf(z / Math.SQRT2));
const normalDensity = z => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/** g and its slope, from z and a = g(z); `steepest` is the largest absolute slope. */
export const ACTIVATIONS = {
  linear: { g: z => z, slope: () => 1, steepest: 1 },
  sigmoid: { g: sigmoid, slope: (z, a) => (1 - a) * a, steepest: 0.25 },
  tanh: { g: Math.tanh, slope: (z, a) => 1 - a * a, steepest: 1 },
  relu: { g: z => (z > 0 ? z : z < 0 ? 0 : z + 0), slope: z => (z >= 0 ? 1 : 0), steepest: 1 },
  relu_kink0: { g: z => (z > 0 ? z : z < 0 ? 0 : z + 0), slope: z => (z > 0 ? 1 : 0), steepest: 1 },
  leaky_relu: { g: z => Math.max(z, LEAK * z), slope: z => (z >= 0 ? 1 : LEAK), steepest: 1 },
  sigmoid_centred: { g: z => sigmoid(z) - 0.5, slope: (z, a) => 0.25 - a * a, steepest: 0.25 },
  tanh_shifted: { g: z => Math.tanh(z) + 1, slope: (z, a) => a * (2 - a), steepest: 1 },
  softplus: { g: z => softplus(z), slope: sigmoid, steepest: 1 },
  elu: { g: z => (z > 0 ? z : Math.expm1(z)), slope: (z, a) => (z > 0 ? 1 : a + 1), steepest: 1 },
  gelu: { g: z => z * normalCdf(z), slope: z => normalCdf(z) + z * normalDensity(z), steepest: 1.1289 },
  softsign: { g: z => z / (1 + Math.abs(z)), slope: (z, a) => (1 - Math.abs(a)) ** 2, steepest: 1 },
  scaled_tanh: { g: z => SCALED * Math.tanh(z * (2 / 3)), slope: (z, a) => (2 / 3) * (SCALED - a * a / SCALED), steepest: SCALED * 2 / 3 },
};

const softplus = z => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
const halfSquare = x => 0.5 * x * x;

/** An output: a from z, the loss of one number, and dZ = dJ/dZ times m. Softmax looks at a whole column; see below. */
export const OUTPUTS = {
  sigmoid: { g: sigmoid, loss: (z, y) => softplus(z) - z * y, delta: (a, y) => a - y },
  softmax: { delta: (a, y) => a - y },
  one_vs_all: { g: sigmoid, loss: (z, y) => softplus(z) - z * y, delta: (a, y) => a - y },
  identity: { g: z => z, loss: (z, y) => halfSquare(z - y), delta: (a, y) => a - y },
  tanh: { g: Math.tanh, loss: (z, y) => halfSquare(Math.tanh(z) - y), delta: (a, y) => (a - y) * (1 - a * a) },
  sigmoid_mse: { g: sigmoid, loss: (z, y) => halfSquare(sigmoid(z) - y), delta: (a, y) => (a - y) * a * (1 - a) },
};

/** A network's functions, by name: one activation per hidden layer, and the output. */
export function network(hidden, output) {
  return { hidden: hidden.map(name => ACTIVATIONS[name]), output: OUTPUTS[output], softmax: output === "softmax" };
}

export const sizesOf = parameters => [parameters[0].below, ...parameters.map(layer => layer.n)];

export const copied = parameters => parameters.map(l => ({ ...l, W: l.W.slice(), b: l.b.slice() }));

/** Room for a forward and a backward pass over m samples, made once. */
export function room(parameters, m) {
  return {
    m,
    Z: parameters.map(l => new Float64Array(l.n * m)),
    A: parameters.map(l => new Float64Array(l.n * m)),
    dZ: parameters.map(l => new Float64Array(l.n * m)),
    dW: parameters.map(l => new Float64Array(l.n * l.below)),
    db: parameters.map(l => new Float64Array(l.n)),
  };
}

/** Z = W A + b and A = g(Z), layer by layer, into `into`; returns the prediction (n_y, m). */
export function forward(net, parameters, X, into) {
  const m = into.m;
  let below = X;
  parameters.forEach((layer, l) => {
    const Z = into.Z[l], A = into.A[l];
    affine(layer, below, m, Z);
    const last = l === parameters.length - 1;
    if (last && net.softmax) softmax(Z, A, layer.n, m);
    else {
      const g = last ? net.output.g : net.hidden[l].g;
      for (let i = 0; i < Z.length; i++) A[i] = g(Z[i]);
    }
    below = A;
  });
  return below;
}

function affine({ W, b, n, below }, A, m, Z) {
  for (let i = 0; i < n; i++) {
    const row = Z.subarray(i * m, (i + 1) * m);
    row.fill(b[i]);
    for (let j = 0; j < below; j++) {
      const weight = W[i * below + j], input = j * m;
      for (let s = 0; s < m; s++) row[s] += weight * A[input + s];
    }
  }
}

function softmax(Z, A, n, m) {
  for (let s = 0; s < m; s++) {
    let top = -Infinity, total = 0;
    for (let i = 0; i < n; i++) top = Math.max(top, Z[i * m + s]);
    for (let i = 0; i < n; i++) total += A[i * m + s] = Math.exp(Z[i * m + s] - top);
    for (let i = 0; i < n; i++) A[i * m + s] /= total;
  }
}

/** dZ, dW = dZ A^T / m and db = sum dZ / m from the last layer to the first; dZ below = W^T dZ * g'. After `forward`. */
export function backward(net, parameters, X, Y, into) {
  const m = into.m, L = parameters.length;
  const last = into.dZ[L - 1], prediction = into.A[L - 1];
  for (let i = 0; i < last.length; i++) last[i] = net.output.delta(prediction[i], Y[i]);
  for (let l = L - 1; l >= 0; l--) {
    const { W, n, below } = parameters[l], dZ = into.dZ[l], A = l ? into.A[l - 1] : X;
    for (let i = 0; i < n; i++) {
      const delta = i * m;
      let sum = 0;
      for (let s = 0; s < m; s++) sum += dZ[delta + s];
      into.db[l][i] = sum / m;
      for (let j = 0; j < below; j++) {
        const input = j * m;
        let product = 0;
        for (let s = 0; s < m; s++) product += dZ[delta + s] * A[input + s];
        into.dW[l][i * below + j] = product / m;
      }
    }
    if (l === 0) return;
    const pulled = into.dZ[l - 1], Z = into.Z[l - 1], slope = net.hidden[l - 1].slope;
    pulled.fill(0);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < below; j++) {
        const weight = W[i * below + j];
        for (let s = 0, p = j * m, q = i * m; s < m; s++) pulled[p + s] += weight * dZ[q + s];
      }
    for (let i = 0; i < pulled.length; i++) pulled[i] *= slope(Z[i], A[i]);
  }
}

/** W := W - alpha dW, b := b - alpha db, in place. */
export function descend(parameters, into, rate) {
  parameters.forEach(({ W, b }, l) => {
    for (let i = 0; i < W.length; i++) W[i] -= rate * into.dW[l][i];
    for (let i = 0; i < b.length; i++) b[i] -= rate * into.db[l][i];
  });
}

/** One step of full-batch gradient descent, in place. */
export function step(net, parameters, X, Y, rate, into) {
  forward(net, parameters, X, into);
  backward(net, parameters, X, Y, into);
  descend(parameters, into, rate);
}

/** J, the mean over the samples, after `forward`. */
export function cost(net, Y, into) {
  const Z = into.Z[into.Z.length - 1], m = into.m;
  let total = 0;
  if (!net.softmax) for (let i = 0; i < Z.length; i++) total += net.output.loss(Z[i], Y[i]);
  else {
    const n = Z.length / m;
    for (let s = 0; s < m; s++) {
      let top = -Infinity, sum = 0;
      for (let i = 0; i < n; i++) top = Math.max(top, Z[i * m + s]);
      for (let i = 0; i < n; i++) sum += Math.exp(Z[i * m + s] - top);
      total += Math.log(sum);
      for (let i = 0; i < n; i++) total -= Y[i * m + s] * (Z[i * m + s] - top);
    }
  }
  return total / m;
}

/** Initial weights before the factor `scale`: (generator, n, below) -> one number. Biases are 0, as in the notes. */
export const INITIALISERS = {
  zero: () => () => 0,
  constant: () => () => 1,
  normal: rng => () => rng.normal(),
  uniform: rng => () => rng.uniform(-1, 1),
  xavier: (rng, n, below) => scaledNormal(rng, 2 / (below + n)),
  he: (rng, n, below) => scaledNormal(rng, 2 / below),
  lecun: (rng, n, below) => scaledNormal(rng, 1 / below),
  uniform_unit: rng => () => rng.uniform(-Math.sqrt(3), Math.sqrt(3)),
  truncated: (rng, n, below) => inTurn(truncated(rng, n * below)),
  root_n: (rng, n, below) => () => rng.uniform(-Math.sqrt(1 / below), Math.sqrt(1 / below)),
  orthogonal: (rng, n, below) => inTurn(orthogonal(rng, n, below)),
};

const TRUNCATED = 0.8796256610342398; // the standard deviation of a normal number that lies within [-2, 2]

function inTurn(numbers) {
  let at = 0;
  return () => numbers[at++];
}

/** Normal draws; those beyond 2 are drawn again, all of them at a time, as NumPy does it. */
function truncated(rng, count) {
  const numbers = Float64Array.from({ length: count }, () => rng.normal());
  for (let far = [...numbers.keys()]; far.length;) {
    far = far.filter(i => Math.abs(numbers[i]) > 2);
    for (const i of far) numbers[i] = rng.normal();
  }
  return numbers.map(x => x / TRUNCATED);
}

/** The Q of QR with a positive diagonal, by Gram and Schmidt, twice for rounding; row by row, transposed if wider than tall. */
function orthogonal(rng, n, below) {
  const [tall, wide] = [Math.max(n, below), Math.min(n, below)];
  const drawn = Float64Array.from({ length: tall * wide }, () => rng.normal());
  const columns = Array.from({ length: wide }, (_, j) => Float64Array.from({ length: tall }, (_, i) => drawn[i * wide + j]));
  const dot = (u, v) => u.reduce((sum, x, i) => sum + x * v[i], 0);
  columns.forEach((v, j) => {
    for (const u of [...columns.slice(0, j), ...columns.slice(0, j)]) {
      const along = dot(u, v);
      for (let i = 0; i < tall; i++) v[i] -= along * u[i];
    }
    const size = Math.sqrt(dot(v, v));
    for (let i = 0; i < tall; i++) v[i] /= size;
  });
  return Float64Array.from({ length: n * below }, (_, at) => {
    const [i, j] = [Math.floor(at / below), at % below];
    return n >= below ? columns[j][i] : columns[i][j];
  });
}

function scaledNormal(rng, variance) {
  const deviation = Math.sqrt(variance);
  return () => deviation * rng.normal();
}

/** Replicate r of seed `seed`, with the weights that the command line draws. sizes: n^[0] .. n^[L]. */
export function initialise(scheme, sizes, seed, r, scale = 1, zeroLayers = []) {
  return sizes.slice(1).map((n, i) => {
    const below = sizes[i], factor = zeroLayers.includes(i + 1) ? 0 : scale;
    const draw = INITIALISERS[scheme](new Generator(seed, [r, i + 1]), n, below);
    return { n, below, W: Float64Array.from({ length: n * below }, () => factor * draw()), b: new Float64Array(n) };
  });
}

/** Steps from 0 to `steps`, both included, about `count`, evenly on a log axis. */
export function probeSteps(steps, count) {
  const found = new Set([0, steps]);
  for (let i = 0; i < count; i++) found.add(Math.round(Math.exp(Math.log(Math.max(steps, 1)) * i / (count - 1))));
  return [...found].filter(at => at <= steps).sort((a, b) => a - b);
}
