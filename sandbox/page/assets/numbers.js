// Numbers as they are read, and the scales on which they are drawn.

export const number = value => (typeof value === "string" ? { inf: Infinity, "-inf": -Infinity, nan: NaN }[value] ?? Number(value) : value);

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** A number in a few characters: 0.998, 1,200, 3 × 10⁻¹⁶, ∞. */
export function shown(value, digits = 3) {
  const x = number(value);
  if (Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-3) {
    const [front, power] = x.toExponential(1).split("e");
    const raised = [...String(Number(power))].map(c => RAISED[c]).join("");
    return `${front.replace("-", "−").replace(/\.0$/, "")} × 10${raised}`;
  }
  const short = Number(x.toPrecision(digits));
  return short.toLocaleString("en-US", { maximumFractionDigits: 6 }).replace("-", "−");
}

export const span = ([low, high]) => (number(low) === number(high) ? shown(low) : `${shown(low)} … ${shown(high)}`);

/** A prediction in words of mathematics: ≥ 0.9, (0, 0.5), [0, 10⁻¹⁰]. */
export function predicted({ low, high, ends }) {
  const [a, b] = [number(low), number(high)];
  if (a === b) return `= ${shown(a)}`;
  if (b === Infinity) return `${ends[0] === "[" ? "≥" : ">"} ${shown(a)}`;
  if (a === -Infinity) return `${ends[1] === "]" ? "≤" : "<"} ${shown(b)}`;
  return `${ends[0]}${shown(a)}, ${shown(b)}${ends[1]}`;
}

/** A scale on which these numbers can be told apart: x -> 0..1. Zeros and infinities stand at the ends of a log scale. */
export function scaleFor(values, fixed = null) {
  const finite = values.map(number).filter(Number.isFinite);
  if (fixed) return linear(...fixed);
  const positive = finite.filter(x => x > 0), top = Math.max(...positive, 0), least = Math.min(...positive, Infinity);
  if (positive.length && finite.every(x => x >= 0) && top / least > 1000) {
    const low = Math.log10(least) - 0.7, high = Math.log10(top) + 0.7;
    const at = x => (x <= 0 ? 0 : x === Infinity ? 1 : (Math.log10(x) - low) / (high - low));
    const every = Math.max(1, Math.ceil((high - low) / 5)), ticks = [];
    for (let power = Math.ceil(low); power <= high; power += every) ticks.push(10 ** power);
    return { at: x => kept(at(number(x))), ticks, log: true };
  }
  let low = Math.min(...finite), high = Math.max(...finite);
  if (!finite.length) [low, high] = [0, 1];
  const margin = (high - low || Math.abs(high) || 1) * 0.12;
  const shares = low >= 0 && high <= 1 && high > 0.3;
  return shares ? linear(-0.04, 1.04) : linear(low - margin, high + margin);
}

const linear = (low, high) => ({ at: x => kept((number(x) - low) / (high - low)), ticks: niceTicks(low, high), log: false });

/** Held inside the scale; what is no number stands at its end. */
const kept = share => (Number.isNaN(share) ? 1 : Math.min(1, Math.max(0, share)));

export function niceTicks(low, high, count = 5) {
  const raw = (high - low) / count, unit = 10 ** Math.floor(Math.log10(raw));
  const every = [1, 2, 5, 10].map(k => k * unit).find(step => step >= raw);
  const ticks = [];
  for (let x = Math.ceil(low / every) * every; x <= high + every * 1e-9; x += every) ticks.push(Number(x.toPrecision(12)));
  return ticks;
}

/** Float64Array or Float32Array from base64. */
export function unpacked(text, Kind = Float64Array) {
  const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
  return new Kind(bytes.buffer);
}
