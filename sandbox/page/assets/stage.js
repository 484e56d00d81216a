// The stage: two arms under one slider of steps. Every picture is computed from the parameters of that step.

import { colour, h, reducedMotion, s, sharp } from "./dom.js";
import { curve, field, largestWeight, layersChart, losses, pathRange, paths, predictions, wiring } from "./draw.js";
import { number, scaleFor, shown } from "./numbers.js";
import { offer } from "./save.js";
import { factorName, metricName, note, state, t, valueWords } from "./state.js";
import { distinctUnits, filmOf, frameAt, framesOf, looked, sizesIn } from "./training.js";

const SECONDS = 9; // of a whole film
const REST = 120; // milliseconds without a move after which all pictures and their words are brought up to date
const TINTS = ["arm0", "arm1"];

/** What an arm is called: the settings in which it differs from the other one. */
export function armNames(arms) {
  const [a, b] = arms.map(arm => arm.params), keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const differ = keys.filter(key => a[key] !== b[key] && !(key === "output" && a.activation !== b.activation));
  const own = params => differ.map(key => `${factorName(key)} ${valueWords(params[key] ?? "–")}`).join(", ");
  return arms.length === 2 && differ.length ? arms.map(arm => own(arm.params)) : arms.map(arm => arm.name);
}

/** What both arms share, in a line. */
export function sharedSettings(arm, other, kept = ["dataset", "activation", "hidden", "init", "init.scale", "learning_rate", "steps", "output", "replicates"]) {
  return kept.filter(key => arm.params[key] !== undefined && (!other || other.params[key] === arm.params[key]))
    .map(key => [key, arm.params[key]]);
}

/** The stage of two arms (or one), as an element. `films` gives an arm's film of a network: (arm, r, tell) -> promise. */
export function stage(arms, { names = armNames(arms), films = filmOf, small = false, autoplay = false, linked = true } = {}) {
  const view = new View(arms, names, films, { small, linked });
  if (autoplay && !reducedMotion()) view.wantsPlay = true;
  const asked = linked ? Number(state.query.get("network")) : 0;
  view.select(Number.isInteger(asked) && asked >= 0 && asked < view.networks ? asked : 0);
  return view.element;
}

class View {
  constructor(arms, names, films, { small, linked }) {
    Object.assign(this, { arms, names, films, small, linked, told: [], r: 0, playing: false, token: 0 });
    this.most = Math.max(...arms.map(arm => arm.networks.steps));
    this.steps = framesOf(this.most);
    this.networks = Math.min(...arms.map(arm => arm.networks.data.length));
    this.metric = arms[0].networks.metric;
    this.index = this.steps.length - 1;
    const asked = linked ? Number(state.query.get("step")) : NaN;
    if (linked && state.query.has("step") && asked >= 0) this.index = this.nearest(asked);
    this.element = this.built();
    this.sizes = new Map();
    this.seen = new Set();
    // told by the browser, since asking for a size after a word has changed makes it lay out the whole page
    const sized = new ResizeObserver(told => {
      for (const { target, contentRect } of told) this.sizes.set(target, [contentRect.width, contentRect.height]);
      this.changed();
    });
    const watched = new IntersectionObserver(told => {
      for (const { target, isIntersecting } of told) this.seen[isIntersecting ? "add" : "delete"](target);
    });
    for (const canvas of this.element.querySelectorAll("canvas")) { sized.observe(canvas); watched.observe(canvas); }
    this.element.addEventListener("redraw", () => this.changed());
  }

  nearest(at) {
    let best = 0;
    this.steps.forEach((step, i) => { if (Math.abs(step - at) < Math.abs(this.steps[best] - at)) best = i; });
    return best;
  }

  built() {
    this.play = h("button", { class: "play", type: "button", onclick: () => this.toggle() });
    this.range = h("input", {
      type: "range", min: 0, max: this.steps.length - 1, value: this.index, "aria-label": t("step"),
      oninput: event => { const asked = Number(event.target.value); this.halt(); this.go(asked, true); },
    });
    this.where = h("output", { class: "where" });
    const bar = h("div", { class: "stagebar", hidden: !this.most }, this.play, this.range, this.where);
    this.columns = this.arms.map((arm, k) => this.column(arm, k));
    const columns = h("div", { class: `arms count${this.arms.length}` }, this.columns.map(column => column.element));
    this.words = h("p", { class: "inwords" });
    if (this.small) return h("div", { class: "stage small" }, columns, bar, h("p", { class: "made" }, t("field_caption")), this.words);
    this.lossCanvas = h("canvas", { class: "loss", role: "img" });
    this.lossCanvas.addEventListener("pointerdown", event => this.scrub(event));
    this.lossCanvas.addEventListener("pointermove", event => event.buttons && this.scrub(event));
    this.strip = h("div", { class: "strip" });
    return h("section", { class: "stage", "aria-label": t("stage") }, bar, columns, this.words,
      h("figure", { class: "wide", hidden: !this.most }, h("figcaption", {}, t("loss_caption"), this.legend()), this.lossCanvas),
      h("figure", { class: "wide" }, h("figcaption", {}, t(this.arms[0].networks.final ? "replicates_caption" : "draws_caption", { metric: metricName(this.metric) })), this.strip));
  }

  legend() {
    return h("span", { class: "legend" }, this.names.map((name, k) => h("span", { class: `key ${TINTS[k]}` }, name)), h("span", {}, t("solid_dashed")));
  }

  column(arm, k) {
    const canvas = (name, caption) => {
      const element = h("canvas", { class: name, role: "img" });
      return [element, h("figure", {}, element, h("figcaption", {}, caption))];
    };
    const [fieldCanvas, fieldFigure] = canvas("field", t(this.fieldWords(arm)));
    const rest = [["wiring", "wiring_caption"], ["paths", "paths_caption"], ["layers", "layers_caption"]].map(([name, key]) => canvas(name, t(key)));
    const source = h("p", { class: "source" }), numbers = h("p", { class: "numbers" });
    const head = h(this.small ? "p" : "h3", { class: `name ${TINTS[k]}` }, this.names[k]);
    const save = this.small ? null : h("button", { type: "button", class: "quiet", onclick: () => this.save(k) }, t("save_picture"));
    rest[2][0].style.height = `${Math.min(22, 1.6 + 2.1 * arm.networks.hidden.length)}rem`;
    const figures = this.small ? [fieldCanvas] : [fieldFigure, ...rest.map(([, figure]) => figure)];
    return {
      element: h("div", { class: "arm" }, head, this.small ? null : numbers, figures, this.small ? null : source, save),
      field: fieldCanvas, wiring: rest[0][0], paths: rest[1][0], layers: rest[2][0], source, numbers,
    };
  }

  fieldWords(arm) {
    const n = arm.networks.sizes[0];
    return n === 1 ? "curve_caption" : n === 2 ? "field_caption" : "predictions_caption";
  }

  /** Show network r of every arm: train it, or take it from the record. */
  async select(r) {
    const token = ++this.token;
    this.r = r;
    if (this.linked) note({ network: r || null });
    this.drawStrip();
    const told = [];
    for (const [k, arm] of this.arms.entries()) {
      this.columns[k].source.textContent = t("training_now", { percent: 0 });
      told.push(await this.films(arm, r, share => {
        this.columns[k].source.textContent = t("training_now", { percent: Math.round(100 * share) });
        this.shown ||= this.element.isConnected;
        return token === this.token && (this.element.isConnected || !this.shown); // nobody waits for what has gone
      }));
      if (token !== this.token || !told[k]) return;
      told[k].output = arm.networks.output;
    }
    this.told = told;
    this.range_ = pathRange(told);
    this.largest = told.map(largestWeight);
    this.norms = told.flatMap(film => [0, Math.floor(film.frames.length / 3), film.frames.length - 1].flatMap(at => looked(film, at).map(l => l.gradient))).filter(x => x > 0);
    told.forEach((film, k) => { this.columns[k].source.textContent = this.sourceWords(this.arms[k], film); });
    this.element.dataset.ready = "true";
    if (this.wantsPlay) { this.wantsPlay = false; this.index = 0; this.toggle(); }
    this.go(this.index);
  }

  sourceWords(arm, film) {
    const run = arm.run ? arm.run.slice(0, 8) : "";
    if (film.free) return t("source_free", { seed: film.free });
    if (film.fromRecord) return t("source_record", { run, r: this.r });
    const { share, from } = film.agrees;
    if (Number.isNaN(share)) return t("source_here", { run, r: this.r });
    if (from !== null) return t("source_parts", { run, r: this.r, step: from });
    return t("source_agrees", { run, r: this.r, share: share === 0 ? "0" : shown(share, 1) });
  }

  go(index, moving = false) {
    this.index = index;
    this.range.value = index;
    if (this.linked && !this.playing) note({ step: index === this.steps.length - 1 ? null : this.steps[index] });
    this.changed(moving);
  }

  /** Draw before the next picture: what is in sight while the reader scrubs, everything once it rests. */
  changed(moving = false) {
    clearTimeout(this.resting);
    if (moving) this.resting = setTimeout(() => this.changed(), REST);
    this.whole ||= !moving;
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      const part = !this.whole;
      this.waiting = this.whole = false;
      this.draw(part);
    });
  }

  toggle() {
    if (this.playing) return this.pause();
    this.playing = true;
    this.labelPlay();
    if (this.index >= this.steps.length - 1) this.index = 0;
    let since = performance.now() - this.index / (this.steps.length - 1) * SECONDS * 1000;
    const tick = now => {
      if (!this.playing || !this.element.isConnected) { this.playing = false; return; }
      const at = Math.floor((now - since) / 1000 / SECONDS * (this.steps.length - 1));
      if (at >= this.steps.length - 1) { this.pause(); this.go(this.steps.length - 1); return; }
      if (at !== this.index) { this.index = Math.max(0, at); this.range.value = this.index; this.draw(true); }
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  halt() {
    this.playing = false;
    this.labelPlay();
  }

  pause() {
    this.halt();
    this.go(this.index);
  }

  labelPlay() {
    this.play.textContent = this.playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", t(this.playing ? "pause" : "play"));
  }

  scrub(event) {
    if (!this.stepFrom) return;
    this.halt();
    this.go(this.nearest(this.stepFrom(event.offsetX)), true);
  }

  draw(moving = false) {
    const now = this.steps[this.index];
    this.labelPlay();
    this.where.textContent = `${t("step")} ${now.toLocaleString("en-US")}`;
    this.range.setAttribute("aria-valuetext", this.where.textContent);
    if (!this.told.length || !this.element.isConnected) return;
    const said = this.told.map((film, k) => this.drawArm(film, k, frameAt(film, now), moving));
    if (this.small) { this.words.textContent = said.join(" "); return; }
    this.paint(this.lossCanvas, moving, (ctx, width, height) => {
      this.stepFrom = losses(ctx, width, height, this.told, TINTS.map(colour), now, this.most).stepFrom;
    });
    if (moving) return;
    this.words.textContent = said.join(" ");
    this.lossCanvas.setAttribute("aria-label", `${t("loss_caption")} ${said.join(" ")}`);
  }

  paint(canvas, moving, draw) {
    if (moving && !this.seen.has(canvas)) return;
    const [width, height] = this.sizes.get(canvas) ?? [canvas.clientWidth, canvas.clientHeight];
    if (width && height) draw(sharp(canvas, width, height), width, height);
  }

  drawArm(film, k, at, moving) {
    const column = this.columns[k], parameters = film.frames[at], dead = !Number.isFinite(film.loss[at]);
    const paint = (canvas, draw) => this.paint(canvas, moving, draw);
    const n = parameters[0].below, view = n === 1 ? curve : n === 2 ? field : predictions;
    paint(column.field, (ctx, w, hgt) => view(ctx, w, hgt, film, parameters));
    const unlike = distinctUnits(parameters), units = parameters[0].n;
    const told = dead ? t("diverged_here", { arm: this.names[k] }) : t("arm_words", {
      arm: this.names[k], step: this.steps[this.index].toLocaleString("en-US"), loss: shown(film.loss[at]),
      test: film.test.length ? shown(film.test[at]) : "–", unlike, units,
    });
    if (!moving) column.field.setAttribute("aria-label", told);
    if (this.small) return told;
    column.numbers.textContent = dead ? t("diverged") : t("arm_numbers", {
      loss: shown(film.loss[at]), test: film.test.length ? shown(film.test[at]) : "–", unlike, units,
    });
    paint(column.wiring, (ctx, w, hgt) => wiring(ctx, w, hgt, parameters, this.largest[k]));
    paint(column.paths, (ctx, w, hgt) => paths(ctx, w, hgt, film, at, this.range_));
    paint(column.layers, (ctx, w, hgt) => layersChart(ctx, w, hgt, looked(film, at), this.norms));
    if (moving) return told;
    const layers = looked(film, at);
    column.wiring.setAttribute("aria-label", t("wiring_words", { sizes: sizesIn(film).join(", ") }));
    column.paths.setAttribute("aria-label", t("paths_words", { unlike, units }));
    column.layers.setAttribute("aria-label", layers.map((l, i) => t("layer_words", { layer: i + 1, slope: shown(l.slope, 2), gradient: shown(l.gradient, 2) })).join(" "));
    return told;
  }

  /** A dot for every network of every arm, at its last loss; a click shows that network. */
  drawStrip() {
    if (this.small) return;
    const final = this.arms[0].networks.final, count = final?.length ?? this.networks;
    const choose = h("label", { class: "choose" }, t("network"), h("input", {
      type: "number", min: 0, max: this.networks - 1, value: this.r,
      onchange: event => this.select(Math.max(0, Math.min(this.networks - 1, Math.round(Number(event.target.value)) || 0))),
    }), h("span", {}, t(final ? "of_networks" : "of_these", { count, shown: this.networks })));
    this.strip.replaceChildren(choose, ...(final ? [this.finals()] : []));
  }

  finals() {
    const finals = this.arms.map(arm => arm.networks.final.map(number));
    const { at, ticks } = scaleFor(finals.flat()), width = 1000, row = 46;
    const x = value => 10 + (width - 20) * (Number.isFinite(value) ? at(value) : 1);
    const groups = finals.map((values, k) => s("g", { class: TINTS[k] }, values.map((value, r) => {
      const chosen = r === this.r, y = k * row + 8 + ((r * 7919) % 31);
      return s("circle", {
        cx: x(value), cy: y, r: chosen ? 8 : 4, class: chosen ? "dot chosen" : r < this.networks ? "dot" : "dot still",
        onclick: r < this.networks ? () => this.select(r) : null,
      }, s("title", {}, t("network_title", { r, value: shown(value) })));
    })));
    const axis = ticks.map(value => s("g", {}, s("line", { x1: x(value), x2: x(value), y1: 0, y2: row * finals.length, class: "grid" }),
      s("text", { x: x(value), y: row * finals.length + 16, "text-anchor": "middle" }, shown(value, 2))));
    return s("svg", { viewBox: `0 0 ${width} ${row * finals.length + 22}`, role: "img", "aria-label": t("strip_words", { count: finals[0].length, metric: metricName(this.metric) }) }, axis, groups);
  }

  /** The arm's pictures as one PNG. */
  save(k) {
    const { field: one, wiring: two, paths: three } = this.columns[k], parts = [one, two, three];
    const all = document.createElement("canvas");
    all.width = parts.reduce((sum, part) => sum + part.width, 0);
    all.height = Math.max(...parts.map(part => part.height));
    const ctx = all.getContext("2d");
    ctx.fillStyle = colour("card");
    ctx.fillRect(0, 0, all.width, all.height);
    parts.reduce((x, part) => { ctx.drawImage(part, x, 0); return x + part.width; }, 0);
    offer(all.toDataURL("image/png"), `${this.names[k]} step ${this.steps[this.index]}.png`);
  }
}
