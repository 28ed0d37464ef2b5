// Searches that the reader keeps, in this browser alone, and the address under which a feed reader follows the one shown.

import { $, announce, h, memory } from "./dom.js";
import { t } from "./i18n.js";

const MOST = 50;

let shown = null; // { query, filters, feed }: the search that is shown
let chosen = null;

function kept() {
  try {
    const found = JSON.parse(memory.get("saved") ?? "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

function keep(searches) {
  memory.set("saved", JSON.stringify(searches.slice(0, MOST)));
  draw();
}

/** A search as the address bar has it: `search` and its filters. */
function written({ query, filters }) {
  const parameters = new URLSearchParams({ search: query });
  for (const [name, value] of Object.entries(filters)) if (value) parameters.set(name, value);
  return String(parameters);
}

/** What a kept search is called: its query, and its filters' values. */
function title(search) {
  return [...new URLSearchParams(search).values()].filter(Boolean).join(" · ");
}

function draw() {
  const searches = kept();
  const items = searches.map((search) => {
    const remove = () => {
      keep(searches.filter((each) => each !== search));
      announce(t("search_forgotten"));
      $("query").focus();
    };
    return h(
      "li",
      {},
      h("a", { class: "quiet", href: `#${search}`, dir: "auto" }, title(search)),
      h("button", { type: "button", class: "quiet", "aria-label": t("search_forget", { search: title(search) }), onclick: remove }, "×"),
    );
  });
  const now = shown?.query ? written(shown) : null;
  const save = () => {
    keep([now, ...searches]);
    announce(t("search_kept"));
    chosen?.querySelector("a")?.focus();
  };
  const offer = now && !searches.includes(now) ? h("button", { type: "button", class: "quiet", onclick: save }, t("search_keep")) : null;
  const feed = now ? h("a", { class: "aside", href: shown.feed, type: "application/atom+xml" }, t("search_feed")) : null;
  $("saved").replaceChildren(
    ...(offer || feed ? [h("p", { class: "offer" }, offer, feed)] : []),
    ...(items.length ? [h("ul", { class: "chips", "aria-label": t("searches_kept") }, items)] : []),
  );
  chosen = $("saved").querySelector("ul");
}

/** Offers to keep the search that is shown, whose query may be empty; `feed` is its Atom feed's address. */
export function showSaved(query, filters, feed) {
  shown = { query, filters, feed };
  draw();
}

/** Wires the part of the page. */
export function startSaved() {
  draw();
  document.addEventListener("language", draw);
}
