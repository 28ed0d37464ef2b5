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

/** A search is over: tells what was opened of it, if anything was. */
export function leave() {
  const { query, shown, clicked } = search ?? {};
  search = null;
  if (keeps && clicked?.size) api.clicked(query, shown, [...clicked]);
}

/** The `posts` found for `query` are shown, best first; with more of them it is told again. */
export function show(query, posts) {
  const shown = posts.slice(0, MOST).map(({ id }) => id);
  search = { query, shown, clicked: search?.query === query ? search.clicked : new Set() };
}

/** A post of them was opened. */
export function open({ id }) {
  if (search?.shown.includes(id)) search.clicked.add(id);
}

window.addEventListener("pagehide", leave);
