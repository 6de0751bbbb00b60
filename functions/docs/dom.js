// Elements, made without markup in strings.

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A description as paragraphs: of Markdown it has code and strong words. */
export const prose = (text = "") => text.split("\n\n").map((paragraph) => el("p", {}, inline(paragraph)));

export const inline = (text = "") => text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
  if (part.startsWith("`")) return el("code", {}, part.slice(1, -1));
  return part.startsWith("**") ? el("strong", {}, part.slice(2, -2)) : part;
});
