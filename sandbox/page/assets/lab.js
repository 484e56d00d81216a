// The laboratory: networks of the reader's choice, trained here from the weights that the command line would draw.

import { copyable } from "./claim.js";
import { h } from "./dom.js";
import { ACTIVATIONS, INITIALISERS, OUTPUTS, initialise, network } from "./network.js";
import { shown } from "./numbers.js";
import { saveable } from "./save.js";
import { stage } from "./stage.js";
import { PAGE, factorName, metricName, note, state, t, valueWords } from "./state.js";
import { framesOf, samplesOf, trained } from "./training.js";

const SETS = ["moons", "circles", "spirals", "flower", "xor", "gaussian_quantiles", "blobs", "sine"];
const SCALES = ["0", "0.01", "0.1", "0.5", "1", "3", "10", "100"], RATES = ["0.01", "0.03", "0.1", "0.3", "1", "3", "10"];
const NETWORKS = 12, HEAVY = 3e9; // multiplications that a reader would wait for too long

const DEFAULTS = { dataset: "moons", activation: "tanh", depth: "1", width: "4", rate: "1", steps: "2000", seed: "0", output: "auto", a: "zero", as: "1", b: "normal", bs: "1" };

const KINDS = { auto: { binary: "sigmoid", multiclass: "softmax", regression: "identity" } };

const fits = (output, kind) => ({ sigmoid: kind === "binary", softmax: kind === "multiclass", one_vs_all: kind === "multiclass" }[output] ?? true);

/** What is asked for: from the address, each value one that there is. */
export function settings() {
  const asked = Object.fromEntries(Object.entries(DEFAULTS).map(([key, usual]) => [key, state.query.get(key) ?? usual]));
  const options = choices();
  for (const key of Object.keys(asked)) if (options[key] && !options[key].includes(asked[key])) asked[key] = DEFAULTS[key];
  return asked;
}

const choices = () => ({
  dataset: SETS, activation: Object.keys(ACTIVATIONS), depth: ["1", "2", "3", "4", "6", "8"], width: ["1", "2", "3", "4", "6", "8", "12", "16"],
  rate: RATES, steps: ["100", "500", "2000", "10000", "50000"], seed: ["0", "1", "2", "3", "4", "5", "6", "7"], output: ["auto", ...Object.keys(OUTPUTS)],
  a: Object.keys(INITIALISERS), b: Object.keys(INITIALISERS), as: SCALES, bs: SCALES,
});

/** The output layer that is meant, where `auto` or one that does not fit is chosen. */
function outputOf(asked) {
  const { kind } = samplesOf(`lab:${asked.dataset}`);
  return asked.output === "auto" || !fits(asked.output, kind) ? KINDS.auto[kind] : asked.output;
}

/** An arm like those of the record, of networks that are trained here. */
function armOf(asked, side) {
  const data = `lab:${asked.dataset}`, samples = samplesOf(data), hidden = Array(Number(asked.depth)).fill(asked.activation);
  const sizes = [samples.n_x, ...hidden.map(() => Number(asked.width)), samples.n_y];
  return {
    run: "", name: side, steps: [], params: { init: asked[side], "init.scale": asked[`${side}s`] },
    networks: {
      sizes, hidden, output: outputOf(asked), rate: Number(asked.rate), steps: Number(asked.steps), seed: Number(asked.seed), first: 0,
      init: { scheme: asked[side], scale: Number(asked[`${side}s`]), zero: [] }, data: Array(NETWORKS).fill(data), metric: "test/loss",
    },
  };
}

const films = new Map();

async function filmHere(arm, r, tell) {
  const nets = arm.networks, name = JSON.stringify([nets.sizes, nets.hidden, nets.output, nets.rate, nets.steps, nets.seed, nets.init, nets.data[0], r]);
  if (!films.has(name)) {
    const start = initialise(nets.init.scheme, nets.sizes, nets.seed, r, nets.init.scale);
    const told = await trained(network(nets.hidden, nets.output), start, samplesOf(nets.data[0]), nets.rate, framesOf(nets.steps), tell);
    if (!told) return null;
    films.set(name, { ...told, free: `${nets.seed}/${r}` });
  }
  return films.get(name);
}

function commandOf(asked) {
  const hidden = `'hidden=[${Array(Number(asked.depth)).fill(asked.width).join(",")}]'`, words = [`dataset=${asked.dataset}`, `activation=${asked.activation}`, hidden];
  const inits = asked.a === asked.b ? asked.a : `${asked.a},${asked.b}`, scales = asked.as === asked.bs ? asked.as : `${asked.as},${asked.bs}`;
  words.push(`init=${inits}`);
  if (scales !== "1") words.push(`init.scale=${scales}`);
  if (asked.rate !== "1") words.push(`learning_rate=${asked.rate}`);
  if (asked.steps !== "2000") words.push(`steps=${asked.steps}`);
  if (asked.seed !== "0") words.push(`seed=${asked.seed}`);
  if (asked.output !== "auto") words.push(`output=${asked.output}`);
  return `python -m sandbox.run ${words.join(" ").includes(",") && (inits !== asked.a || scales !== asked.as) ? "-m " : ""}${words.join(" ")}`;
}

const same = (recorded, value) => recorded === value || (recorded !== "" && Number(recorded) === Number(value));

/** The recorded runs of such networks, whatever their steps, their seed and what has no control; the likest come first. */
function recordedLike(asked, side) {
  const { columns, rows } = PAGE.laboratory, hidden = Array(Number(asked.depth)).fill(asked.width).join("-");
  const wanted = { dataset: asked.dataset, activation: asked.activation, hidden, output: outputOf(asked), init: asked[side], learning_rate: asked.rate };
  if (asked[side] !== "zero") wanted["init.scale"] = asked[`${side}s`];
  return rows.filter(row => Object.entries(wanted).every(([key, value]) => same(row[columns.indexOf(key)], value)));
}

export function labView() {
  const holder = h("div", { class: "labstage" }), below = h("div", { class: "recorded" });
  const show = () => {
    const asked = settings(), arms = ["a", "b"].map(side => armOf(asked, side)), nets = arms[0].networks, samples = samplesOf(nets.data[0]);
    const weights = nets.sizes.slice(1).reduce((sum, n, l) => sum + n * nets.sizes[l], 0);
    const names = ["a", "b"].map(side => `${asked[side]}${asked[side] === "zero" ? "" : ` × ${asked[`${side}s`]}`}`);
    const heavy = weights * samples.m * nets.steps * 3 > HEAVY;
    holder.replaceChildren(heavy ? h("p", { class: "warning" }, t("too_heavy")) : stage(arms, { names, films: filmHere }));
    saveable(holder);
    below.replaceChildren(...recordedWords(asked, names, take), h("h3", {}, t("record_command")), copyable(commandOf(asked)));
  };
  const take = chosen => {
    note({ ...Object.fromEntries(Object.entries(chosen).map(([key, value]) => [key, value === DEFAULTS[key] ? null : value])), step: null, network: null });
    for (const [key, value] of Object.entries(chosen)) document.querySelector(`.lab [name=${key}]`).value = value;
    show();
  };
  const select = (key, options) => h("label", {}, t(`lab_${key}`), h("select", {
    name: key, onchange: event => { note({ [key]: event.target.value === DEFAULTS[key] ? null : event.target.value, step: null, network: null }); show(); },
  }, options.map(option => h("option", { value: option, selected: settings()[key] === option }, option))));
  const all = choices();
  const group = (words, keys) => h("fieldset", {}, h("legend", {}, words), keys.map(key => select(key, all[key])));
  setTimeout(show, 0);
  return [
    h("h1", {}, t("laboratory")), h("p", { class: "lead" }, t("lab_lead")),
    h("form", { class: "lab", onsubmit: event => event.preventDefault() },
      group(t("lab_task"), ["dataset", "output"]), group(t("lab_network"), ["activation", "depth", "width"]), group(t("lab_descent"), ["rate", "steps", "seed"]),
      group(t("lab_left"), ["a", "as"]), group(t("lab_right"), ["b", "bs"])),
    h("p", { class: "source which" }, t("lab_which")), h("h2", {}, t("stage")), holder, below,
  ];
}

/** What a recorded run was made with, as values of the controls of one side; null where the controls cannot say it. */
function controlsOf(row, side) {
  const { columns } = PAGE.laboratory, of = key => row[columns.indexOf(key)], options = choices();
  const widths = String(of("hidden")).split("-");
  if (new Set(widths).size > 1) return null;
  const asked = {
    dataset: of("dataset"), activation: of("activation"), depth: String(widths.length), width: widths[0], rate: of("learning_rate"), steps: of("steps"), seed: of("seed"),
    output: of("output") === outputOf({ dataset: of("dataset"), output: "auto" }) ? "auto" : of("output"),
    [side]: of("init"), [`${side}s`]: of("init") === "zero" ? "1" : of("init.scale"),
  };
  const chosen = Object.fromEntries(Object.entries(asked).map(([key, value]) => [key, options[key].find(option => same(option, value))]));
  for (const free of ["steps", "seed"]) if (chosen[free] === undefined) delete chosen[free]; // as the reader likes, and said beside it
  return Object.values(chosen).every(value => value !== undefined) ? chosen : null;
}

const LISTED = 12; // arms to choose from, on each side

/** The recorded arms on this set that the controls can be set to, each once, as [controls, row]. */
function armsToChoose(asked, side) {
  const column = PAGE.laboratory.columns.indexOf("dataset"), found = new Map();
  for (const row of PAGE.laboratory.rows.filter(each => each[column] === asked.dataset)) {
    const chosen = controlsOf(row, side), name = JSON.stringify(chosen);
    if (chosen && !found.has(name)) found.set(name, [chosen, row]);
  }
  return [...found.values()].filter(([chosen]) => Object.entries(chosen).some(([key, value]) => asked[key] !== value)).slice(0, LISTED);
}

/** For each side what was recorded, and what else can be chosen: a click sets the controls to it. */
function recordedWords(asked, names, take) {
  const { columns } = PAGE.laboratory, value = (row, key) => row[columns.indexOf(key)];
  const otherwise = row => [...Object.entries(PAGE.laboratory.otherwise[value(row, "otherwise")]), ...(same(value(row, "seed"), asked.seed) ? [] : [["seed", value(row, "seed")]])]
    .map(([key, given]) => `${factorName(key)} ${valueWords(given)}`).join(", ");
  const words = row => t(otherwise(row) ? "lab_found_otherwise" : "lab_found", {
    metric: metricName(value(row, "metric")), loss: shown(value(row, "loss")), steps: value(row, "steps"), run: String(value(row, "run")).slice(0, 8), settings: otherwise(row),
  });
  const told = chosen => ["activation", "depth", "width", "rate", ...(chosen.output === "auto" ? [] : ["output"])];
  const settingsOf = chosen => told(chosen).map(key => `${t(`lab_${key}`)} ${chosen[key]}`).join(", ");
  const button = (row, chosen, text) => h("button", {
    type: "button", class: "quiet recordedrun", onclick: () => take(chosen), title: t("lab_take", { run: String(value(row, "run")).slice(0, 8), steps: value(row, "steps") }),
  }, text);
  return [h("h2", {}, t("lab_recorded")), h("ul", {}, ["a", "b"].map((side, k) => {
    const found = recordedLike(asked, side), others = armsToChoose(asked, side);
    return h("li", {}, h("b", {}, names[k]), ": ", found.length
      ? found.slice(0, 4).map(row => { const chosen = controlsOf(row, side); return chosen ? button(row, chosen, words(row)) : h("span", { class: "recordedrun" }, words(row)); })
      : t("lab_none"),
    others.length ? h("details", { class: `others ${side}` }, h("summary", {}, t("lab_others")), others.map(([chosen, row]) =>
      button(row, chosen, `${chosen[side]}${chosen[side] === "zero" ? "" : ` × ${chosen[`${side}s`]}`}, ${settingsOf(chosen)}: ${words(row)}`))) : null);
  }))];
}
