// Which hits of a search were opened, told to the service once the reader goes on, where it keeps that.

import * as api from "./api.js";

const MOST = 100; // hits that the service takes

let keeps = false;
let search = null; // { query, shown, clicked }

/** Whether the service keeps what is opened. */
export const kept = () => keeps;

/** Sets whether the service keeps what is opened; the document is told of a change by `clicks`. */
export function setKept(value) {
  if (keeps === Boolean(value)) return;
  keeps = Boolean(value);
  document.dispatchEvent(new Event("clicks"));
}

/** Tells what was opened of the search until now, if anything was; what is opened after it is told by itself. */
function tell() {
  const { query, shown, clicked } = search ?? {};
  if (!keeps || !clicked?.size) return;
  api.clicked(query, shown, [...clicked]);
  search.clicked = new Set();
}

/** A search is over. */
export function leave() {
  tell();
  search = null;
}

/** The `posts` found for `query` are shown, best first; with more of them it is told again. */
export function show(query, posts) {
  const shown = [...new Set(posts.map(({ id }) => id))].slice(0, MOST);
  search = { query, shown, clicked: search?.query === query ? search.clicked : new Set() };
}

/** A post of them was opened. */
export function open({ id }) {
  if (search?.shown.includes(id)) search.clicked.add(id);
}

window.addEventListener("pagehide", tell); // the reader may come back to it
