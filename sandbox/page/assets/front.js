// The front: what was found, at a glance and section by section.

import { SIGNS, WORDS, badge, interval, scaleOf } from "./charts.js";
import { h, math, prose } from "./dom.js";
import { shown } from "./numbers.js";
import { stage } from "./stage.js";
import { PAGE, address, note, said, state, t } from "./state.js";

const link = claim => address(["claim", claim.id]);

/** Whether there is something to guess: a verdict on what the claim says now. */
export const guessable = claim => claim.word !== "untried" && !claim.stale;

/** Whether a claim's verdict may be seen: not while it waits for a guess. */
export const open = claim => !state.guessing || !guessable(claim) || state.guesses[claim.id] !== undefined;

export function front() {
  const { meta, claims } = PAGE;
  const list = h("div", { class: "sections" });
  const show = () => list.replaceChildren(...sections());
  const tried = claims.filter(claim => claim.word !== "untried").length;
  const counts = WORDS.map(word => [word, claims.filter(claim => claim.word === word).length]).filter(([, count]) => count);
  const search = h("input", {
    type: "search", placeholder: t("search"), "aria-label": t("search"), value: state.query.get("q") || "",
    oninput: event => { note({ q: event.target.value }); show(); },
  });
  const filters = h("div", { class: "filters", role: "group", "aria-label": t("filter") }, counts.map(([word, count]) => {
    const chosen = () => state.query.get("verdict") === word;
    return h("button", {
      type: "button", class: `chip ${word}`, "aria-pressed": String(chosen()), disabled: state.guessing,
      onclick: event => {
        note({ verdict: chosen() ? null : word });
        for (const each of event.currentTarget.parentElement.children) each.setAttribute("aria-pressed", "false");
        event.currentTarget.setAttribute("aria-pressed", String(chosen()));
        show();
      },
    }, state.guessing ? t(word) : [h("span", { "aria-hidden": "true" }, `${SIGNS[word]} `), `${count} ${t(word)}`]);
  }));
  show();
  return [
    h("section", { class: "hero" },
      h("div", {},
        h("h1", {}, t(tried < claims.length ? "headline_partly" : "headline", { count: claims.length, tried })),
        h("p", { class: "lead" }, t("lead", { runs: meta.runs, networks: meta.networks })),
        state.guessing ? null : ["notes", "sharper", "beyond"].map(voice => tally(voice, claims.filter(claim => claim.voice === voice))),
        h("p", { class: "calls" }, guessLink(), h("a", { class: "button quiet", href: address(["lab"]) }, t("open_laboratory")))),
      opening()),
    meta.budget === "declared" ? null : h("p", { class: "warning" }, t(`budget_${meta.budget}`)),
    claims.some(claim => claim.stale) ? h("p", { class: "warning" }, t("stale_count", { stale: claims.filter(claim => claim.stale).length, count: claims.length })) : null,
    h("section", { class: "meaning", "aria-label": t("how_to_read") }, ["holds", "depends", "fails", "undecided"].map(word => h("div", {}, badge(word), h("p", {}, t(`meaning_${word}`))))),
    h("section", { "aria-label": t("claims") }, h("div", { class: "finder" }, search, filters), list),
    trust(),
  ];
}

function guessLink() {
  const choice = PAGE.claims.filter(guessable), next = choice.find(claim => state.guesses[claim.id] === undefined) || choice[0];
  return next && h("a", { class: "button", href: address(["claim", next.id], { guess: "1" }) }, t("guess_first"));
}

/** What came of the claims of those who say so: the notes, the notes made sharper, others. */
function tally(voice, claims) {
  if (!claims.length) return null;
  const counts = WORDS.map(word => [word, claims.filter(claim => claim.word === word).length]).filter(([, count]) => count);
  const words = `${t(`voice_${voice}`)}: ${counts.map(([word, count]) => `${count} ${t(word)}`).join(", ")}`;
  return h("figure", { class: "voice" }, h("figcaption", {}, `${t(`voice_${voice}`)} `, h("b", {}, claims.length)),
    h("div", { class: "tally", role: "img", "aria-label": words },
      counts.map(([word, count]) => h("span", { class: word, style: `flex:${count}`, title: `${count} ${t(word)}` }, count / claims.length > 0.1 ? `${SIGNS[word]} ${count}` : ""))));
}

/** The notes' most famous sentence, moving. */
function opening() {
  const claim = PAGE.claims.find(each => each.id === "zero-fails");
  const arms = (claim?.stage ?? []).map(id => PAGE.arms[id]);
  if (arms.length < 2 || !arms.every(arm => arm?.networks)) return null;
  return h("div", { class: "opening" }, stage(arms, { names: arms.map(arm => t(`opening_${arm.params.init}`)), small: true, autoplay: true, linked: false }));
}

function matches(claim, words, verdict) {
  if (verdict && !state.guessing && claim.word !== verdict) return false;
  const text = [claim.id, claim.experiment, ...Object.values(claim.source), ...Object.values(claim.statement)].join(" ").toLowerCase();
  return words.every(word => text.includes(word));
}

function sections() {
  const words = (state.query.get("q") || "").toLowerCase().split(/\s+/).filter(Boolean), verdict = state.query.get("verdict");
  const shown = PAGE.sections.map(section => {
    const claims = PAGE.claims.filter(claim => claim.section === section.id && matches(claim, words, verdict));
    return claims.length ? h("section", { class: "chapter", id: section.id },
      h("header", {}, h("h2", {}, section.id === "beyond" ? "" : h("span", { class: "sign", "aria-hidden": "true" }, "§ "), said(section.title)),
        h("p", {}, said(section.about)), section.equations.map(math)),
      h("ol", { class: "claims" }, claims.map(row))) : null;
  }).filter(Boolean);
  return shown.length ? shown : [h("p", { class: "nothing" }, t("nothing_found"))];
}

function row(claim) {
  const seen = open(claim);
  return h("li", {}, h("a", { href: link(claim), class: `claim ${seen ? claim.word : "covered"}` },
    h("span", { class: "verdict" }, seen ? badge(claim.word) : h("span", { class: "badge covered" }, t("your_guess")), claim.stale ? h("small", { class: "stale" }, "↻ ", t("stale")) : null),
    h("span", { class: "sentence" }, said(claim.statement)),
    seen && claim.interval ? interval(claim, claim, scaleOf(claim), { width: 150, height: 18 }) : h("span", {})));
}

function trust() {
  const { meta, measured } = PAGE, [same, again] = meta.again;
  const numbers = found => Object.fromEntries(Object.entries(found).map(([key, value]) => [key, Number.isInteger(value) ? value : shown(value)]));
  const facts = [
    ["trust_promise", {}],
    ["trust_size", numbers(meta)],
    ["trust_level", {}],
    ...(measured.procedure ? [["trust_errors", numbers(measured.procedure)], ["trust_power", numbers(measured.procedure)]] : []),
    [!again ? "trust_alone" : same < again ? "trust_again" : "trust_same", { same, again }],
    measured.published ? ["trust_reproduced", numbers(measured.published)] : ["trust_published", {}],
    ["trust_replay", {}],
    ["trust_here", {}],
  ];
  return h("section", { class: "trust" }, h("h2", {}, t("trust")), h("ul", {}, facts.map(([key, values]) => h("li", {}, prose(t(key, values))))),
    h("p", { class: "made" }, t("made", { made: meta.made, commit: meta.commit || "–", runs: meta.runs, sweeps: meta.sweeps })));
}
