// What the page knows: its data, the reader's language and guesses, and where it is. The address holds all but the guesses.

export const PAGE = typeof document === "undefined" ? null : JSON.parse(document.getElementById("data").textContent);

export const state = { path: [], query: new URLSearchParams(), language: "en", theme: "auto", guessing: false, guesses: {} };

/** Words of the interface in the reader's language; {name} stands for a value, and a whole number is told to its last digit. */
export function t(key, values = {}) {
  const words = PAGE.texts[state.language][key] ?? PAGE.texts.en[key] ?? key;
  const told = value => (Number.isInteger(value) ? value.toLocaleString("en-US") : value ?? "");
  return words.replace(/\{(\w+)\}/g, (_, name) => told(values[name]));
}

/** A setting in words, `learning rate` for learning_rate; its own name where nobody has put it into words. */
export function factorName(key) {
  return PAGE.texts.en[`factor ${key}`] ? t(`factor ${key}`) : key.replace(/^.*\./, "").replace(/_/g, " ");
}

/** A setting's value in the reader's words. */
export const valueWords = value => (value === "True" ? t("yes") : value === "False" ? t("no") : value);

export const metricName = name => (PAGE.texts.en[`metric ${name}`] ? t(`metric ${name}`) : name);

/** One of two languages of something that has both. */
export const said = words => (words ? words[state.language] || words.en : "");

export const claimOf = id => PAGE.claims.find(claim => claim.id === id);

// Where there is no storage (a page inside another one), the reader's choices last as long as the page.
export function remember() {
  try {
    localStorage.setItem("sandbox.page", JSON.stringify({ language: state.language, theme: state.theme, guesses: state.guesses }));
  } catch { /* see above */ }
}

export function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem("sandbox.page") || "{}");
    if (PAGE.texts[kept.language]) state.language = kept.language;
    if (["auto", "light", "dark"].includes(kept.theme)) state.theme = kept.theme;
    state.guesses = kept.guesses || {};
  } catch { /* see above */ }
}

/** Take over an address such as `#/claim/zero-fails?step=100&lang=ko`. */
export function read(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  state.path = path.split("/").filter(Boolean).map(decodeURIComponent);
  state.query = new URLSearchParams(query);
  if (PAGE.texts[state.query.get("lang")]) state.language = state.query.get("lang");
  if (["light", "dark"].includes(state.query.get("theme"))) state.theme = state.query.get("theme");
  state.guessing = state.query.get("guess") === "1";
}

export function address(path, query = {}) {
  const given = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== ""));
  if (state.language !== "en") given.set("lang", state.language);
  if (state.guessing) given.set("guess", "1");
  const words = given.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${words ? `?${words}` : ""}`;
}

let waiting = 0;

/** Change the query of the address without going anywhere; soon, since browsers refuse to be told a hundred times a second. */
export function note(values) {
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === "") state.query.delete(name);
    else state.query.set(name, value);
  }
  const { path, query } = state;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    if (path !== state.path) return; // the reader has gone elsewhere
    try {
      history.replaceState(null, "", address(path, Object.fromEntries(query)));
    } catch { /* an address that is not ours to change */ }
  }, 150);
}
