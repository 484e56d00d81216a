// Reads jobs as JSON from standard input, trains each with the page's own code, writes their last parameters and costs.
import { readFileSync } from "node:fs";
import { cost, forward, initialise, network, room, step } from "../../sandbox/page/assets/network.js";
import { Generator } from "../../sandbox/page/assets/rng.js";

const typed = numbers => Float64Array.from(numbers);

function trained(job) {
  const parameters = job.layers
    ? job.layers.map(l => ({ n: l.n, below: l.below, W: typed(l.W), b: typed(l.b) }))
    : initialise(job.scheme, job.sizes, job.seed, job.replicate, job.scale, job.zero_layers);
  const net = network(job.hidden, job.output), X = typed(job.X), Y = typed(job.Y), into = room(parameters, job.m);
  const start = parameters.map(l => ({ W: [...l.W] }));
  const began = performance.now();
  for (let i = 0; i < job.steps; i++) step(net, parameters, X, Y, job.rate, into);
  const seconds = (performance.now() - began) / 1000;
  forward(net, parameters, X, into);
  return { start, layers: parameters.map(l => ({ W: [...l.W], b: [...l.b] })), cost: cost(net, Y, into), seconds };
}

const { jobs = [], draws = [] } = JSON.parse(readFileSync(0, "utf8"));
const drawn = draws.map(({ seed, key, count }) => {
  const rng = new Generator(BigInt(seed), key);
  return { normal: Array.from({ length: count }, () => rng.normal()), uniform: Array.from({ length: 9 }, () => rng.uniform(-1, 1)) };
});
process.stdout.write(JSON.stringify({ jobs: jobs.map(trained), draws: drawn }));
