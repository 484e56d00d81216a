// Where everything begins: the address says what is shown, in which language, and the rest follows.

import { claimView, score, scoreView } from "./claim.js";
import { forgetColours, h } from "./dom.js";
import { front } from "./front.js";
import { labView } from "./lab.js";
import { saveable } from "./save.js";
import { PAGE, address, read, recall, remember, state, t } from "./state.js";

const main = document.getElementById("main");

function view() {
  const [room, id] = state.path;
  if (room === "claim") return claimView(id, () => render(false));
  if (room === "lab") return labView();
  if (room === "score") return scoreView();
  return front();
}

function render(moved = true) {
  const root = document.documentElement;
  root.lang = state.language;
  root.dataset.theme = state.theme;
  forgetColours();
  document.getElementById("top").replaceChildren(...header().filter(Boolean));
  document.getElementById("foot").replaceChildren(h("p", {}, t("foot")));
  document.getElementById("skip").textContent = t("skip");
  main.replaceChildren(...view().filter(Boolean));
  saveable(main);
  document.title = [main.querySelector("h1")?.textContent, t("title")].filter(Boolean).join(" · ");
  if (moved) window.scrollTo(0, 0);
}

function header() {
  const [right, all] = score(), here = state.path[0] || "";
  const at = (path, words) => h("a", { href: address(path), "aria-current": (path[0] || "") === (here === "claim" ? "" : here) ? "page" : null }, words);
  const language = h("button", { type: "button", class: "quiet", lang: t("other_language_code"), onclick: () => change({ language: t("other_language_code") }) }, t("other_language"));
  const themes = { auto: "light", light: "dark", dark: "auto" };
  const theme = h("button", { type: "button", class: "quiet", "aria-label": t("theme_label", { theme: t(`theme_${state.theme}`) }), onclick: () => change({ theme: themes[state.theme] }) }, { auto: "◪", light: "☀", dark: "☾" }[state.theme]);
  const guessing = state.guessing ? h("span", { class: "score" }, at(["score"], t("score_short", { right, all })), h("button", { type: "button", class: "quiet", onclick: () => { state.guessing = false; go(address(state.path)); } }, t("stop_guessing"))) : null;
  return [h("a", { class: "mark", href: address([]) }, "sandbox"), h("nav", { "aria-label": t("navigation") }, at([], t("claims")), at(["lab"], t("laboratory"))), guessing, h("div", { class: "switches" }, language, theme)];
}

function change(values) {
  Object.assign(state, values);
  state.query.delete("lang");
  state.query.delete("theme");
  remember();
  go(address(state.path, Object.fromEntries(state.query)), false);
}

/** Go to an address, also where the page may not change the browser's own. */
function go(hash, moved = true) {
  try { history[moved ? "pushState" : "replaceState"](null, "", hash); } catch { /* an address that is not ours */ }
  read(hash);
  render(moved);
  if (moved) main.focus({ preventScroll: true });
}

document.addEventListener("click", event => {
  const anchor = event.target.closest?.("a[href]"), hash = anchor?.getAttribute("href");
  if (!hash?.startsWith("#/") || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(hash);
});

const follow = () => { read(location.hash); render(); };
addEventListener("hashchange", follow);
addEventListener("popstate", follow);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { forgetColours(); for (const each of document.querySelectorAll(".stage")) each.dispatchEvent(new Event("redraw")); });
addEventListener("beforeprint", () => { for (const each of document.querySelectorAll("details")) each.open = true; for (const each of document.querySelectorAll(".folded")) each.classList.remove("folded"); });

recall();
read(location.hash);
render(false);
performance.mark("shown");
document.documentElement.dataset.claims = PAGE.claims.length;
