// Building the page's elements. Text goes in as text nodes only, so that nothing a post holds can become markup.

export const $ = (id) => document.getElementById(id);

/** An element with attributes, listeners (`onclick`) and children; children are nodes or text, null is left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Makes `parent` hold exactly `nodes`, leaving those in place that already are, so that focus and open details stay. */
export function reconcile(parent, nodes) {
  nodes.forEach((node, index) => {
    if (parent.childNodes[index] !== node) parent.insertBefore(node, parent.childNodes[index] ?? null);
  });
  while (parent.childNodes.length > nodes.length) parent.lastChild.remove();
}

/** Says `text` to a screen reader without moving the focus. */
export function announce(text) {
  const line = h("p", {}, text);
  const live = $("live");
  live.append(line);
  while (live.childNodes.length > 5) live.firstChild.remove();
}

const kept = new Map();

/** What the browser remembers for the reader; one that forbids storage remembers until the page is closed. */
export const memory = {
  get(name, storage = "localStorage") {
    try {
      return window[storage].getItem(`truthgpt.${name}`);
    } catch {
      return kept.get(name) ?? null;
    }
  },
  set(name, value, storage = "localStorage") {
    try {
      window[storage].setItem(`truthgpt.${name}`, value);
    } catch {
      kept.set(name, value);
    }
  },
};
