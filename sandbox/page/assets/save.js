// Any picture as a file: canvases as PNG, charts as SVG with the style they have on the page.

import { colour, h } from "./dom.js";
import { t } from "./state.js";

const COPIED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "font-family", "font-size", "font-weight", "text-anchor"];

/** An SVG on its own: what the style sheet says is written into it. */
function standalone(picture) {
  const copy = picture.cloneNode(true), [shown, written] = [picture, copy].map(root => [root, ...root.querySelectorAll("*")]);
  shown.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of COPIED) if (style.getPropertyValue(name)) written[i].style.setProperty(name, style.getPropertyValue(name));
    written[i].removeAttribute("class");
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.style.background = colour("card");
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
}

/** Hand a picture to the reader: as a file, or where a page may not save any, to look at and copy. */
export function offer(href, name) {
  if (window.parent !== window) {
    const dialog = h("dialog", { class: "picture", onclick: () => dialog.remove() }, h("img", { src: href, alt: name }));
    document.body.append(dialog);
    dialog.showModal();
    return;
  }
  const link = h("a", { href, download: name.replace(/[^\w. -]/g, "_") });
  document.body.append(link);
  link.click();
  link.remove();
}

/** Put a button that saves it beside every picture of an element. */
export function saveable(element) {
  for (const figure of element.querySelectorAll("figure")) {
    const canvas = figure.querySelector("canvas"), picture = figure.querySelector("svg");
    if (!canvas && !picture) continue;
    const kind = canvas ? "PNG" : "SVG", words = figure.querySelector("figcaption");
    const save = () => offer(canvas ? canvas.toDataURL("image/png") : standalone(picture), `${words?.textContent.slice(0, 40) || "picture"}.${kind.toLowerCase()}`);
    figure.append(h("button", { type: "button", class: "quiet save", "aria-label": t("save_as", { kind, what: words?.textContent.slice(0, 60) ?? "" }), onclick: save }, kind));
  }
}
