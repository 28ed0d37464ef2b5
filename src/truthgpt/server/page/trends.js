// Over time: how many posts speak of what is searched for, where, and which words of theirs are new.

import * as api from "./api.js";
import { $, h, memory } from "./dom.js";
import { date, period, t } from "./i18n.js";

let shown = null; // { query, filters }: what the search shows
let loaded = null; // { of, found, error }: what was loaded, and of what
let controller = null;
let chosen = {};

function chart({ periods, interval, posts }) {
  const most = Math.max(...periods.map((each) => each.posts));
  const top = periods.find((each) => each.posts === most);
  const name = (each) => period(each.start, interval);
  const [first, last] = [periods[0], periods.at(-1)];
  const bars = periods.map((each, place) => {
    const bar = h("span");
    bar.style.height = `${(100 * each.posts) / most}%`;
    const end = periods[place + 1]?.start ?? null;
    const open = () => chosen.period(each.start, end);
    return h("div", { title: `${name(each)}: ${t("posts", { n: each.posts })}`, onclick: each.posts ? open : null }, bar);
  });
  const said = t("trends_chart", { posts: t("posts", { n: posts }), top: name(top), most });
  return h(
    "figure",
    {},
    h("div", { class: "bars", "aria-hidden": "true" }, bars),
    h("div", { class: "axis aside", "aria-hidden": "true" }, h("span", {}, name(first)), h("span", {}, periods.length > 1 ? name(last) : "")),
    h("figcaption", { class: "aside" }, said),
  );
}

function chips(title, items) {
  if (!items.length) return [];
  return [h("h3", {}, title), h("ul", { class: "chips" }, items.map((item) => h("li", {}, item)))];
}

function draw() {
  if (!loaded) return $("trends-body").replaceChildren(h("p", { class: "progress" }, h("span", { class: "pulse", "aria-hidden": "true" }), t("searching")));
  const { found, error } = loaded;
  if (error) return $("trends-body").replaceChildren(h("p", { class: "aside" }, error.message));
  const words = found.rising.map((word) => {
    const facts = t("trends_word", { recent: word.recent, before: word.before });
    return h("button", { type: "button", class: "quiet", title: facts, onclick: () => chosen.word(word.term) }, word.term);
  });
  const communities = found.communities.map(({ community, posts }) =>
    h("button", { type: "button", class: "quiet", onclick: () => chosen.community(community) }, community, " ", h("span", { class: "aside" }, String(posts))),
  );
  return $("trends-body").replaceChildren(
    ...(found.periods.length ? [chart(found)] : [h("p", { class: "aside" }, t(found.posts ? "trends_untimed" : "none"))]),
    ...chips(t("trends_rising", { since: date(found.rising_since) }), words),
    ...chips(t("trends_communities"), communities),
  );
}

async function load() {
  controller?.abort();
  if (!$("trends").open || !shown) return;
  const of = JSON.stringify(shown);
  if (loaded?.of === of && loaded.found) return draw();
  controller = new AbortController();
  const { signal } = controller;
  loaded = null;
  draw();
  let result;
  try {
    result = { found: await api.trends(shown.query, shown.filters, signal) };
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof api.ServiceError)) throw error;
    result = { error };
  }
  if (signal.aborted) return;
  loaded = { of, ...result };
  draw();
}

/** Shows the trends of a query, which may be empty, and filters, if the reader has them open. */
export function showTrends(query, filters) {
  shown = { query, filters };
  load();
}

/** Wires the part of the page; `choose` has what is done with a `word`, a `community` and a `period(start, end)` that is clicked. */
export function startTrends(choose) {
  chosen = choose;
  $("trends").open = memory.get("trends") === "open";
  $("trends").addEventListener("toggle", () => {
    memory.set("trends", $("trends").open ? "open" : "");
    load();
  });
  document.addEventListener("language", () => {
    if ($("trends").open && shown) draw();
  });
}
