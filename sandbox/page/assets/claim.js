// One claim: what it says, what the reader expects, what came out, and everything behind that.

import { WORDS, badge, curvesChart, deciding, interval, scaleOf, strataTable } from "./charts.js";
import { h, math, prose } from "./dom.js";
import { guessable, open } from "./front.js";
import { number, predicted, shown, span } from "./numbers.js";
import { armNames, sharedSettings, stage } from "./stage.js";
import { PAGE, address, claimOf, factorName, remember, said, state, t, valueWords } from "./state.js";

export const CHOICES = ["holds", "depends", "fails"];

export function claimView(id, redraw) {
  const claim = claimOf(id);
  if (!claim) return [h("h1", {}, t("no_such_claim")), h("p", {}, h("a", { href: address([]) }, t("to_front")))];
  const section = PAGE.sections.find(each => each.id === claim.section), seen = open(claim);
  return [
    h("p", { class: "crumbs" }, h("a", { href: address([]) }, t("claims")), " › ", section.id === "beyond" ? "" : "§ ", said(section.title)),
    h("article", { class: "one" },
      claim.context ? h("p", { class: "context" }, said(claimOf(claim.context).statement)) : null,
      h("h1", {}, said(claim.statement)),
      h("p", { class: "from" }, t("source"), " ", h("cite", {}, said(claim.source))),
      claim.equation ? math(claim.equation) : null,
      seen ? verdict(claim) : guess(claim, redraw),
      onStage(claim),
      seen ? evidence(claim) : null,
      behind(claim, seen)),
    neighbours(claim),
  ];
}

function guess(claim, redraw) {
  const choose = word => { state.guesses[claim.id] = word; remember(); redraw(); };
  return h("section", { class: "guess", "aria-labelledby": "expect" },
    h("h2", { id: "expect" }, t("what_do_you_expect")), h("p", {}, t("guess_words")),
    h("div", { class: "choices" }, CHOICES.map(word => h("button", { type: "button", class: `choice ${word}`, onclick: () => choose(word) }, badge(word), h("small", {}, t(`meaning_${word}`))))),
    h("button", { type: "button", class: "quiet", onclick: () => choose("") }, t("just_show")));
}

/** Whether a guess at it can be right: not where the runs cannot tell. */
const counts = claim => CHOICES.includes(claim.word);

/** How the reader has done so far: right guesses and all that count. */
export function score() {
  const guessed = PAGE.claims.filter(claim => state.guesses[claim.id] && counts(claim));
  return [guessed.filter(claim => state.guesses[claim.id] === claim.word).length, guessed.length];
}

function verdict(claim) {
  if (!claim.interval) return h("p", { class: "warning" }, t("untried_words"));
  const guessed = state.guesses[claim.id];
  const words = guessed ? h("p", { class: "yours" }, t(!counts(claim) ? "guess_open" : guessed === claim.word ? "guess_right" : "guess_wrong", { guess: t(guessed) })) : null;
  const scale = scaleOf(claim), width = Math.max(240, Math.min(640, window.innerWidth - 90)), effect = said(claim.effect);
  const measured = claim.quantity?.endsWith(effect) && effect.startsWith("of ") ? claim.quantity : effect; // `share of networks ...`
  return h("section", { class: `verdictbox ${claim.word}`, "aria-label": t("verdict") },
    claim.stale ? h("p", { class: "warning" }, "↻ ", t("stale_words")) : null,
    h("div", { class: "answer" }, badge(claim.word), h("p", {}, answer(claim))), words,
    h("figure", { class: "measure" },
      interval(claim, claim, scale, { width, height: 34, axis: true }),
      h("figcaption", {}, measured, ": ", h("strong", {}, `${shown(claim.estimate)} ${claim.unit}`.trim()), number(claim.interval[0]) === number(claim.interval[1]) ? ". " : ` (${span(claim.interval)}). `,
        t("promised", { predicted: predicted(claim.prediction) })), infinite([claim])),
    explained(claim));
}

/** Why it came out so, and what that says of the notes. Why runs cannot tell can be seen from the runs. */
function explained(claim) {
  const both = (why, notes) => h("div", { class: "why" }, h("div", {}, h("h2", {}, t("why")), h("p", {}, why)), h("div", {}, h("h2", {}, t("the_notes")), h("p", {}, notes)));
  if (claim.finding) return both(said(claim.finding.why), said(claim.finding.notes));
  const count = claim.strata.length, rest = claim.strata.filter(part => part.word === "undecided").length;
  const doubtful = claim.word === "undecided" && claim.controls?.length && claim.controls[0].word !== "holds";
  if (claim.word === "undecided" && claim.tries) return both(t("why_tries"), t("notes_undecided"));
  if (doubtful) return both(t("why_control"), t("notes_undecided"));
  if (claim.word === "undecided" && rest) return both(t("why_undecided", { rest, count }), t("notes_undecided"));
  return WORDS.indexOf(claim.word) < 4 ? h("p", { class: "made" }, t("no_finding")) : null;
}

const RELATIONS = { "<=": "≤", ">": ">", is: "=", "is not": "≠" };

/** A condition as `learning rate ≤ 1`. */
const conditionWords = ({ terms, joined }) => terms.map(([factor, relation, value]) => `${factorName(factor)} ${RELATIONS[relation]} ${valueWords(value)}`).join(` ${t(joined)} `);

/** The verdict as a sentence, and another one if some settings remain undecided. */
export function answer(claim) {
  const count = claim.strata.length, tally = word => claim.strata.filter(part => part.word === word).length;
  const values = { holds: tally("holds"), fails: tally("fails"), rest: tally("undecided"), count };
  const differing = claim.tries && !claim.stale ? tries(claim) : "";
  if (claim.word === "undecided" && claim.tries) return `${t("answer_undecided")} ${differing}`;
  if (claim.word === "undecided" && values.rest < count) return t("answer_undecided_partly", values);
  const words = wordsOf(claim, values);
  const rest = values.rest && ["holds", "depends", "fails"].includes(claim.word) ? t("answer_rest", values) : "";
  return [words, rest, differing].filter(Boolean).join(" ");
}

/** What each of several tries said, where they differ. */
function tries({ tries }) {
  const words = Object.entries(tries).map(([word, times]) => `${t(word).replace(" …", "")} ${times}×`).join(", ");
  return t("answer_tries", { count: Object.values(tries).reduce((a, b) => a + b), words });
}

function wordsOf(claim, values) {
  if (claim.word === "depends" && claim.where) {
    const { inside: [a, inside], outside: [c, outside], open: [here, elsewhere] } = claim.where;
    const [b, d] = [inside + here, outside + elsewhere];
    return t("answer_where", { condition: conditionWords(claim.where), a, b, c, d });
  }
  if (claim.word === "depends" && claim.decides) return t("answer_depends_on", { ...values, factor: factorName(claim.decides.factor) });
  if (claim.word === "holds" && values.fails) return t("answer_holds_mostly", values);
  if (claim.word === "fails" && values.holds) return t("answer_fails_partly", values);
  return t(`answer_${claim.word}`, values);
}

function onStage(claim) {
  const arms = (claim.stage ?? []).map(id => PAGE.arms[id]).filter(Boolean);
  if (!arms.length) return null;
  const varied = arms.every(arm => arm.networks) ? undefined : Object.keys(claim.strata?.[0]?.at ?? {}); // what else a run has, it did not use
  const names = armNames(arms), shared = sharedSettings(arms[0], arms[1], varied);
  const head = [h("h2", {}, t("side_by_side")), h("p", { class: "shared" }, shared.map(([key, value]) => h("span", {}, factorName(key), " ", h("b", {}, valueWords(value)))))];
  if (arms.every(arm => arm.networks)) return h("section", { class: "onstage" }, head, h("p", {}, t("stage_words")), stage(arms));
  const curves = curvesChart(arms, names);
  return curves.children.length ? h("section", { class: "onstage" }, head, h("p", {}, t("curves_words")), curves) : null;
}

function evidence(claim) {
  if (!claim.strata?.length) return null;
  return h("section", { class: "evidence" }, h("h2", {}, t("evidence")),
    h("p", {}, t("evidence_words", { count: claim.strata.length, replicates: claim.replicates, runs: claim.count })),
    claim.decides ? deciding(claim.decides) : null, strataTable(claim), infinite(claim.strata));
}

/** What ∞ means, where one of these numbers is shown as that. */
function infinite(parts) {
  const some = parts.some(part => [part.estimate, ...part.interval].some(value => Math.abs(number(value)) === Infinity));
  return some ? h("p", { class: "made infinite" }, t("infinite")) : null;
}

/** Words in the reader's language; in English, and marked as that, where they are not translated. */
const inWords = words => (words[state.language] ? words[state.language] : h("span", { lang: "en" }, words.en));

function behind(claim, seen) {
  const command = `python -m sandbox.run ${claim.command}`;
  const fold = (title, ...children) => h("details", {}, h("summary", {}, title), children);
  return h("section", { class: "behind" }, h("h2", {}, t("behind")),
    h("h3", {}, t("again_command")), copyable(command),
    fold(t("what_was_promised"),
      h("dl", {}, pairs([[t("prediction"), claim.prediction ? predicted(claim.prediction) : "–"], [t("reason"), inWords(claim.reason)], [t("control"), inWords(claim.control)], [t("hash"), claim.hash ? h("code", {}, claim.hash) : "–"]]))),
    fold(t("code_title"), h("p", {}, h("code", {}, `${claim.code.file}:${claim.code.line}`)), claim.code.text ? h("pre", { tabindex: 0 }, claim.code.text) : null),
    seen && claim.text ? fold(t("as_recorded"), h("p", { lang: "en" }, claim.text), controls(claim)) : null,
    runs(claim, fold));
}

function runs(claim, fold) {
  const all = PAGE.runs[claim.sweep] ?? [], title = t("runs_title", { count: all.length });
  if (!all.length) return null;
  const head = h("tr", {}, [t("run"), t("digest"), t("settings")].map(words => h("th", { scope: "col" }, words)));
  const [before, after] = PAGE.links[claim.sweep] ?? [];
  const named = id => (before ? h("a", { href: before + id + after, target: "_blank", rel: "noopener" }, h("code", {}, id)) : h("code", {}, id));
  const row = ([id, digest, name]) => h("tr", {}, h("td", {}, named(id)), h("td", {}, h("code", {}, digest)), h("td", {}, name));
  return fold(title, h("p", {}, prose(t("runs_words"))), h("p", {}, t("sweep"), " ", named(claim.sweep)),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": title }, h("table", { class: "runs" }, h("thead", {}, head), h("tbody", {}, all.map(row)))));
}

function controls(claim) {
  if (!claim.controls?.length) return null;
  return h("ul", {}, claim.controls.map(part => h("li", {}, badge(part.word), ` ${Object.values(part.at).join(" ") || ""} ${shown(part.estimate)} (${span(part.interval)})`)));
}

const pairs = list => list.flatMap(([term, words]) => [h("dt", {}, term), h("dd", {}, words)]);

/** A command that a click copies. */
export function copyable(command) {
  const button = h("button", {
    type: "button", class: "quiet", onclick: async () => {
      try {
        await navigator.clipboard.writeText(command);
        button.textContent = t("copied");
      } catch {
        getSelection().selectAllChildren(text);
      }
    },
  }, t("copy"));
  const text = h("code", {}, command);
  return h("div", { class: "command" }, text, button);
}

/** The claims before and after it: while the reader guesses, those that can be guessed. */
function neighbours(claim) {
  const way = PAGE.claims.filter(each => each === claim || !state.guessing || guessable(each));
  const at = way.indexOf(claim), [before, after] = [way[at - 1], way[at + 1]];
  const [right, all] = score();
  return h("nav", { class: "neighbours", "aria-label": t("neighbours") },
    before ? h("a", { href: address(["claim", before.id]), rel: "prev" }, h("small", {}, "← ", t("before")), said(before.statement)) : h("span", {}),
    after ? h("a", { href: address(["claim", after.id]), rel: "next" }, h("small", {}, t("after"), " →"), said(after.statement))
      : state.guessing ? h("a", { href: address(["score"]) }, h("small", {}, t("score")), t("score_words", { right, all })) : h("span", {}));
}

/** All guesses beside what came out. */
export function scoreView() {
  const [right, all] = score();
  const rows = PAGE.claims.filter(claim => state.guesses[claim.id]).map(claim => h("tr", {},
    h("td", {}, h("a", { href: address(["claim", claim.id]) }, said(claim.statement))), h("td", {}, badge(state.guesses[claim.id])), h("td", {}, badge(claim.word)),
    h("td", {}, t(!counts(claim) ? "uncounted" : state.guesses[claim.id] === claim.word ? "right" : "wrong"))));
  return [h("h1", {}, t("score")), h("p", { class: "lead" }, all ? t("score_words", { right, all }) : t("no_guesses")),
    rows.length ? h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("score") }, h("table", { class: "runs" }, h("thead", {}, h("tr", {}, [t("claim"), t("your_guess"), t("verdict"), ""].map(words => h("th", { scope: "col" }, words)))), h("tbody", {}, rows))) : null,
    h("button", { type: "button", class: "quiet forget", onclick: () => { state.guesses = {}; remember(); location.hash = address([]); dispatchEvent(new Event("hashchange")); } }, t("forget_guesses"))];
}
