// Charts of verdicts: where the number lies, and whether that is where the notes said.

import { h, s } from "./dom.js";
import { number, predicted, scaleFor, shown, span } from "./numbers.js";
import { factorName, said, t, valueWords } from "./state.js";

export const WORDS = ["holds", "depends", "fails", "undecided", "invalid", "untried"];
export const SIGNS = { holds: "✓", depends: "◐", fails: "✗", undecided: "?", invalid: "!", untried: "·" };

export const badge = word => h("span", { class: `badge ${word}` }, h("span", { "aria-hidden": "true" }, SIGNS[word]), " ", t(word));

const ends = ({ low, high }) => [low, high].map(number).filter(Number.isFinite);

const RANGES = { share: [-0.02, 1.02], rank_correlation: [-1.04, 1.04] };

/** One scale for a claim and all its strata. */
export function scaleOf(claim) {
  const parts = claim.strata.length ? claim.strata : [claim];
  if (RANGES[claim.statistic]) return scaleFor([], RANGES[claim.statistic]);
  return scaleFor([claim, ...parts].flatMap(part => [part.estimate, ...part.interval]).concat(ends(claim.prediction)));
}

/** An interval on its scale; the band is what was predicted. */
export function interval(part, claim, scale, { width = 320, height = 22, axis = false, word = part.word } = {}) {
  const x = value => 8 + (width - 16) * scale.at(value), { low, high } = claim.prediction;
  const [from, to] = [number(low) === -Infinity ? 0 : x(low), number(high) === Infinity ? width : x(high)];
  const middle = height / 2, [a, b] = part.interval.map(x);
  const picture = [
    s("rect", { x: from - (to - from < 3 ? 2 : 0), y: 1, width: Math.max(4, to - from), height: height - 2, class: "promised" }),
    s("line", { x1: a, x2: Math.max(b, a + 0.5), y1: middle, y2: middle, class: `reach ${word}` }),
    s("circle", { cx: x(part.estimate), cy: middle, r: 5, class: `estimate ${word}` }),
  ];
  if (axis) for (const tick of scale.ticks) picture.push(
    s("line", { x1: x(tick), x2: x(tick), y1: height, y2: height + 4, class: "tick" }),
    s("text", { x: x(tick), y: height + 16, "text-anchor": "middle" }, shown(tick, 2)));
  const words = t("interval_words", { estimate: shown(part.estimate), span: span(part.interval), predicted: predicted(claim.prediction) });
  return s("svg", { viewBox: `0 0 ${width} ${height + (axis ? 20 : 0)}`, class: "interval", role: "img", "aria-label": words }, picture);
}

/** What the answer depends on: at every value of the deciding factor, how many strata said what. */
export function deciding({ factor, groups }) {
  const rows = groups.map(({ value, counts }) => {
    const total = Object.values(counts).reduce((a, b) => a + b, 0);
    const parts = WORDS.filter(word => counts[word]);
    return h("tr", {}, h("th", { scope: "row" }, valueWords(value)),
      h("td", {}, h("div", { class: "shares", "aria-hidden": "true" }, parts.map(word => h("span", { class: word, style: `flex:${counts[word]}` })))),
      h("td", { class: "counted" }, parts.map(word => h("span", {}, `${t(word)} ${counts[word]}/${total}`)).reduce((all, one) => (all.length ? [...all, ", ", one] : [one]), [])));
  });
  return h("table", { class: "deciding" }, h("caption", {}, t("depends_on", { factor: factorName(factor) })), h("tbody", {}, rows));
}

const FEW = 16;

/** Every stratum: its settings, its answer, its number and interval; grouped by the factor that decides. */
export function strataTable(claim) {
  const scale = scaleOf(claim), factor = claim.decides?.factor;
  const order = claim.decides ? claim.decides.groups.map(group => group.value) : [];
  const parts = [...claim.strata].sort((a, b) => (factor ? order.indexOf(a.at[factor]) - order.indexOf(b.at[factor]) : 0));
  const factors = Object.keys(parts[0]?.at ?? {}).sort((a, b) => (b === factor) - (a === factor));
  if (!factors.length) return null;
  const head = h("tr", {}, factors.map(name => h("th", { scope: "col" }, factorName(name))), [t("answer"), t("estimate"), t("against_promise")].map(words => h("th", { scope: "col" }, words)));
  let before = null;
  const rows = parts.map((part, i) => {
    const begins = factor && part.at[factor] !== before;
    before = part.at[factor];
    return h("tr", { class: `${begins && i ? "begins" : ""}${i >= FEW ? " further" : ""}` },
      factors.map(name => h("td", { class: "setting" }, valueWords(part.at[name]))),
      h("td", {}, badge(part.word)), h("td", { class: "number" }, shown(part.estimate), number(part.interval[0]) === number(part.interval[1]) ? null : h("small", {}, ` ${span(part.interval)}`)),
      h("td", { class: "picture" }, interval(part, claim, scale, { width: 220 })));
  });
  const table = h("table", { class: `strata${rows.length > FEW ? " folded" : ""}` }, h("thead", {}, head), h("tbody", {}, rows));
  const more = rows.length > FEW ? h("button", {
    type: "button", class: "quiet more", onclick: event => { table.classList.remove("folded"); event.target.remove(); },
  }, t("show_all", { count: rows.length })) : null;
  return [h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("evidence") }, table), more];
}

/** Recorded curves of two runs: medians, and what lies between the tenths of the replicates. */
export function curvesChart(arms, names) {
  const shared = Object.keys(arms[0].curves).filter(name => arms.every(arm => arm.curves[name]));
  return h("div", { class: "curves" }, shared.slice(0, 4).map(name => curvesOf(name, arms, names)));
}

function curvesOf(name, arms, names) {
  const width = 460, height = 220, left = 62, bottom = 34;
  const series = arms.map(arm => arm.curves[name].map(row => row.map(number)));
  const { at, ticks } = scaleFor(series.flat(2)), most = Math.max(...arms.flatMap(arm => arm.steps));
  const along = step => left + (width - left - 12) * Math.log1p(Math.max(0, step)) / Math.log1p(Math.max(most, 1));
  const up = value => 10 + (height - bottom - 10) * (1 - at(value));
  const line = (steps, row) => row.map((v, i) => (Number.isNaN(v) ? "" : `${i ? "L" : "M"}${along(steps[i]).toFixed(1)},${up(v).toFixed(1)}`)).join("").replace(/^L/, "M");
  const drawn = series.map(([low, middle, high], k) => {
    const { steps } = arms[k], known = steps.map((_, i) => i).filter(i => !Number.isNaN(low[i]) && !Number.isNaN(high[i]));
    const point = row => i => `${along(steps[i]).toFixed(1)},${up(row[i]).toFixed(1)}`;
    const around = [...known.map(point(low)), ...known.map(point(high)).reverse()];
    return s("g", { class: `arm${k}` }, s("polygon", { points: around.join(" "), class: "between" }), s("path", { d: line(steps, middle), class: "middle" }));
  });
  const axis = [
    ...ticks.map(v => s("g", {}, s("line", { x1: left, x2: width - 12, y1: up(v), y2: up(v), class: "grid" }), s("text", { x: left - 6, y: up(v) + 4, "text-anchor": "end" }, shown(v, 2)))),
    ...[0, 1, 10, 100, 1000, 10000, 100000].filter(v => v <= most).map(v => s("text", { x: along(v), y: height - 14, "text-anchor": "middle" }, v.toLocaleString("en-US"))),
    s("text", { x: width - 12, y: height - 1, "text-anchor": "end" }, arms[0].along ? said(arms[0].along) ?? "" : t("step")),
  ];
  const called = said(arms[0].called?.[name]);
  const words = arms.map((_, k) => t("curve_words", { name: called || name, arm: names[k], first: shown(series[k][1][0]), last: shown(series[k][1].at(-1)) })).join(" ");
  return h("figure", {}, h("figcaption", {}, called ? h("b", {}, called) : h("code", {}, name), h("span", { class: "legend" }, names.map((one, k) => h("span", { class: `key arm${k}` }, one)))),
    s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words }, axis, drawn));
}
