// Elements from words and children. Text is always text: nothing that was recorded is read as markup.

const SVG = "http://www.w3.org/2000/svg";

function made(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.setAttribute("class", value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity))
    if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
}

/** An HTML element: h("p", { class: "note" }, "text", ...). */
export const h = (tag, attributes, ...children) => made(document.createElement(tag), attributes, children);

/** An SVG element. */
export const s = (tag, attributes, ...children) => made(document.createElementNS(SVG, tag), attributes, children);

/** A sentence of our own texts, in which commands stand between backticks. */
export const prose = text => text.split("`").map((part, i) => (i % 2 ? h("code", {}, part) : part));

/** MathML that we wrote ourselves while the page was made. */
export function math(markup) {
  const span = h("span", { class: "equation" });
  span.innerHTML = markup;
  return span;
}

const colours = new Map();

/** A colour of the style sheet, as the theme has it now; asking the browser for each dot would be slow. */
export function colour(name) {
  if (!colours.has(name)) colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return colours.get(name);
}

export const forgetColours = () => colours.clear();

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A canvas for `width` x `height` CSS pixels, sharp on every screen. */
export function sharp(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 3);
  const w = Math.round(width * ratio), hgt = Math.round(height * ratio);
  if (canvas.width !== w || canvas.height !== hgt) {
    canvas.width = w;
    canvas.height = hgt;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
