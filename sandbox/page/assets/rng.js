// NumPy's random numbers, bit for bit in the integers: SeedSequence, PCG64 and the ziggurat of its normal draws.
// With them a network that the page trains starts from the very weights that the command line would draw.

const M32 = 0xffffffffn, M64 = (1n << 64n) - 1n, M128 = (1n << 128n) - 1n;
const PCG = 0x2360ed051fc65da44385df649fccf645n;

/** The 32-bit words of a non-negative integer, lowest first; 0 is one word. */
function words(value) {
  const found = [];
  let rest = BigInt(value);
  do { found.push(Number(rest & M32)); rest >>= 32n; } while (rest > 0n);
  return found;
}

/** The pool of np.random.SeedSequence(seed, spawn_key=key), and what generate_state draws from it (O'Neill 2015). */
export function seedSequence(seed, key) {
  let constant = 0x43b0d7e5;
  const hashed = value => {
    value = (value ^ constant) >>> 0;
    constant = Math.imul(constant, 0x931e8875) >>> 0;
    value = Math.imul(value, constant) >>> 0;
    return (value ^ (value >>> 16)) >>> 0;
  };
  const mixed = (x, y) => {
    const sum = (Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715)) >>> 0;
    return (sum ^ (sum >>> 16)) >>> 0;
  };
  const entropy = words(seed);
  while (entropy.length < 4) entropy.push(0);
  for (const each of key) entropy.push(...words(each));
  const pool = entropy.slice(0, 4).map(hashed);
  for (let from = 0; from < 4; from++)
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mixed(pool[to], hashed(pool[from]));
  for (let from = 4; from < entropy.length; from++)
    for (let to = 0; to < 4; to++) pool[to] = mixed(pool[to], hashed(entropy[from]));
  return pool;
}

function state64(pool) {
  let constant = 0x8b51f9dd;
  const state = [];
  for (let i = 0; i < 8; i++) {
    let value = (pool[i % 4] ^ constant) >>> 0;
    constant = Math.imul(constant, 0x58f38ded) >>> 0;
    value = Math.imul(value, constant) >>> 0;
    state.push(BigInt((value ^ (value >>> 16)) >>> 0));
  }
  return [0, 1, 2, 3].map(i => state[2 * i] | (state[2 * i + 1] << 32n));
}

// The ziggurat (Marsaglia and Tsang 2000) with NumPy's 256 layers: r is where the tail begins, V the area of a layer.
const TAIL = 3.6541528853610088, V = 0.0049286732339746571, TWO_52 = 2 ** 52;

function ziggurat() {
  const k = new Float64Array(256), w = new Float64Array(256), f = new Float64Array(256);
  const density = x => Math.exp(-0.5 * x * x);
  k[0] = TAIL * density(TAIL) / V * TWO_52;
  w[0] = V / density(TAIL) / TWO_52;
  w[255] = TAIL / TWO_52;
  f[0] = 1;
  f[255] = density(TAIL);
  let x = TAIL;
  for (let i = 254; i > 0; i--) {
    const next = Math.sqrt(-2 * Math.log(V / x + density(x)));
    k[i + 1] = next / x * TWO_52;
    w[i] = next / TWO_52;
    f[i] = density(next);
    x = next;
  }
  return { k, w, f };
}

const ZIGGURAT = ziggurat();

/** np.random.default_rng(SeedSequence(seed, spawn_key=key)): what our initialisers ask of it. */
export class Generator {
  constructor(seed, key = []) {
    const [a, b, c, d] = state64(seedSequence(seed, key));
    this.step_ = (((c << 64n) | d) << 1n | 1n) & M128;
    this.state = this.step_;
    this.state = (this.state + ((a << 64n) | b)) & M128;
    this.advance();
  }

  advance() { this.state = (this.state * PCG + this.step_) & M128; }

  next64() {
    this.advance();
    const folded = (this.state >> 64n) ^ (this.state & M64), turn = this.state >> 122n;
    return ((folded >> turn) | (folded << ((64n - turn) & 63n))) & M64;
  }

  /** In [0, 1). */
  double() { return Number(this.next64() >> 11n) * 2 ** -53; }

  uniform(low, high) { return low + (high - low) * this.double(); }

  normal() {
    const { k, w, f } = ZIGGURAT;
    for (;;) {
      let bits = this.next64();
      const layer = Number(bits & 0xffn);
      bits >>= 8n;
      const negative = (bits & 1n) === 1n, distance = Number((bits >> 1n) & 0xfffffffffffffn);
      const x = (negative ? -distance : distance) * w[layer];
      if (distance < k[layer]) return x;
      if (layer === 0) {
        for (;;) {
          const beyond = -Math.log1p(-this.double()) / TAIL, y = -Math.log1p(-this.double());
          if (y + y > beyond * beyond) return (BigInt(distance) >> 8n) & 1n ? -(TAIL + beyond) : TAIL + beyond;
        }
      }
      if ((f[layer - 1] - f[layer]) * this.double() + f[layer] < Math.exp(-0.5 * x * x)) return x;
    }
  }
}
