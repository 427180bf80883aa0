/**
 * Elements without markup: whatever is a value becomes text or an attribute, never HTML.
 * Styles live in the style sheets; the page's content security policy refuses inline ones.
 */

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element. Properties: `on<event>` handlers, booleans, attributes; null and false are left out. */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** An SVG element. */
export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

/** Put new children in the place of all present ones. */
export function replaceChildren(parent, ...children) {
  parent.replaceChildren(...present(children));
}

/** The same, where the keyboard may be: what has its `data-focus` key in the new ones gets it back. */
export function redraw(parent, ...children) {
  const focus = document.activeElement;
  const key = parent.contains(focus) && focus.dataset.focus;
  replaceChildren(parent, children);
  if (key) parent.querySelector(`[data-focus="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
