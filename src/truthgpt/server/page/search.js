// The search: the form, the filters and the posts found, with the words of the query marked.

import * as api from "./api.js";
import { byline } from "./answer.js";
import * as clicks from "./clicks.js";
import { $, announce, h } from "./dom.js";
import { languageName, seconds, t } from "./i18n.js";
import { notesWith } from "./note.js";
import { openPanel } from "./panel.js";
import { showSaved, startSaved } from "./saved.js";
import { guide, pointed, reason, span } from "./syntax.js";
import { excerpt, markWords } from "./text.js";
import { showTrends, startTrends } from "./trends.js";

const FIELDS = ["language", "community", "author", "since", "until"];
const LANGUAGES = ["en", "pt", "zh", "es", "fr", "de", "it", "ja", "ko", "ru", "ar", "hi", "nl", "pl", "tr"];
const PAGE = 20;

let current = null; // { query, filters, reply, error }: what the results show
let controller = null;

/** The day after, since the service's `until` is the first moment that no longer counts. */
function dayAfter(day) {
  const date = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return day;
  date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().slice(0, 10);
}

/** The last day before `moment`, or its own where that is not a day's first. */
function dayBefore(moment) {
  return new Date(new Date(moment).getTime() - 1).toISOString().slice(0, 10);
}

/** Why a post was found, behind its question: the words that it has, and its places by words and by meaning. */
function reasons({ words, text_rank, vector_rank }) {
  const parts = [
    words.length ? t("found_words", { words: words.join(", ") }) : null,
    text_rank ? t("found_text", { n: text_rank }) : null,
    vector_rank ? t("found_vector", { n: vector_rank }) : null,
  ].filter(Boolean);
  return h(
    "details",
    { class: "why aside" },
    h("summary", {}, t("found_why")),
    h("p", { dir: "auto" }, parts.length ? parts.join(" · ") : t("found_demands")),
  );
}

function hit(post, words) {
  const parts = markWords(excerpt(post.text, words), words).map((segment) =>
    segment.hit ? h("mark", {}, segment.text) : segment.text,
  );
  const facts = [byline(post), post.copies > 1 ? t("copies", { n: post.copies }) : null];
  const opened = () => {
    clicks.open(post);
    openPanel(post, { query: words, openers: [button] });
  };
  const button = h(
    "button",
    { type: "button", onclick: opened },
    h("span", { class: "quote", dir: "auto", lang: post.language || null }, parts),
    h("span", { class: "aside", dir: "auto" }, facts.filter(Boolean).join(" · ")),
  );
  const why = post.why ? reasons(post.why) : null;
  return h("li", {}, button, why, notesWith(post, (from, note) => {
    clicks.open(post);
    openPanel(post, { query: words, note, openers: [from, button] });
  }));
}

/** How many posts were found, and what is kept of their being read. */
function counted({ hits, next, seconds: taken }) {
  const said = t(next ? "found_part" : "found", { n: hits.length, time: seconds(taken) });
  return clicks.kept() ? `${said} · ${t("clicks_kept")}` : said;
}

function draw() {
  if (!current) return $("results").replaceChildren();
  const { query, reply, error } = current;
  const unread = error && reason(error);
  $("query").setAttribute("aria-invalid", Boolean(unread));
  if (unread) {
    return $("results").replaceChildren(
      h("div", { class: "notice trouble" }, h("p", {}, pointed(query, error.position)), h("p", {}, unread)),
    );
  }
  const again = () => load(current, reply);
  const trouble = error && h("p", { class: "notice trouble" }, error.message, " ", h("button", { type: "button", class: "quiet", onclick: again }, t("again")));
  if (error && !reply) return $("results").replaceChildren(trouble);
  if (!reply) return $("results").replaceChildren(h("p", { class: "progress" }, h("span", { class: "pulse", "aria-hidden": "true" }), t("searching")));
  const { hits } = reply;
  if (hits.length === 0) {
    return $("results").replaceChildren(h("p", { class: "prose" }, t("none")), h("p", { class: "aside" }, t("none_text")));
  }
  return $("results").replaceChildren(
    h("p", { class: "aside count" }, counted(reply)),
    h("ol", { class: "hits" }, hits.map((post) => hit(post, reply.words))),
    trouble || "",
    reply.next && !error ? h("p", {}, h("button", { type: "button", class: "quiet", onclick: () => load(current, reply) }, t("more"))) : "",
  );
}

/** The filters as the service takes them. */
const asked = (filters) => ({ ...filters, until: filters.until ? dayAfter(filters.until) : "" });

/** Finds what is wanted; with `before`, a reply that has a next page, that page is put after it. */
async function load({ query, filters }, before) {
  controller?.abort();
  controller = new AbortController();
  const { signal } = controller;
  if (!before) {
    clicks.leave();
    current = { query, filters };
    draw();
  }
  const cursor = before ? before.next : "";
  let found;
  try {
    const reply = await api.search(query, { ...asked(filters), limit: PAGE, cursor, explain: "true" }, signal);
    found = { reply: before ? { ...reply, hits: [...before.hits, ...reply.hits], seconds: before.seconds } : reply };
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof api.ServiceError)) throw error;
    if (before && error.status === 410) return load({ query, filters }); // the posts of that page are gone: from the start
    found = { error, reply: before };
  }
  if (signal.aborted) return;
  current = { query, filters, ...found };
  draw();
  const { reply, error } = current;
  // What filters of the form leave out is in no query.
  if (reply && !Object.values(filters).some(Boolean)) clicks.show(query, reply.hits);
  if (error) {
    announce(reason(error) ?? error.message);
    if (reason(error) && document.activeElement === $("query")) {
      $("query").setSelectionRange(...span(query, error.position));
    }
  } else {
    announce(reply.hits.length ? t("found", { n: reply.hits.length, time: seconds(reply.seconds) }) : t("none"));
    const names = [...new Set(reply.hits.map((post) => post.community).filter(Boolean))].sort();
    $("communities").replaceChildren(...names.map((name) => h("option", { value: name })));
  }
  if (before) $("results").querySelectorAll(".hits > li > button")[before.hits.length]?.focus();
}

function drawLanguages() {
  const chosen = $("filter-language").value;
  const options = LANGUAGES.map((code) => h("option", { value: code }, languageName(code)));
  $("filter-language").replaceChildren(h("option", { value: "" }, t("any")), ...options);
  $("filter-language").value = chosen;
}

/** Shows the search that the address names: `search` and the filters, as URLSearchParams. */
export function visit(parameters) {
  const query = parameters.get("search") ?? "";
  $("query").value = query;
  const filters = {};
  for (const name of FIELDS) {
    $(`filter-${name}`).value = parameters.get(name) ?? "";
    filters[name] = $(`filter-${name}`).value;
  }
  showTrends(query.trim(), asked(filters));
  showSaved(query.trim(), filters, api.feed(query.trim(), asked(filters)));
  if (!query.trim()) {
    controller?.abort();
    current = null;
    return draw();
  }
  const same = current?.reply && current.query === query && JSON.stringify(current.filters) === JSON.stringify(filters);
  return same ? undefined : load({ query, filters });
}

/** Wires the form. `searched(parameters)` puts a search into the address, which then shows it. */
export function startSearch(searched) {
  const submit = () => {
    const parameters = new URLSearchParams({ search: $("query").value.trim() });
    for (const name of FIELDS) if ($(`filter-${name}`).value) parameters.set(name, $(`filter-${name}`).value);
    searched(parameters);
  };
  $("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  for (const name of FIELDS) {
    $(`filter-${name}`).addEventListener("change", () => {
      if ($("query").value.trim()) submit();
    });
  }
  const fill = (values) => {
    for (const [name, value] of Object.entries(values)) $(name).value = value;
    submit();
  };
  startSaved();
  startTrends({
    word: (word) => fill({ query: `${$("query").value.trim()} ${word}`.trim() }),
    community: (name) => fill({ "filter-community": name }),
    period: (start, end) => fill({ "filter-since": start.slice(0, 10), "filter-until": end ? dayBefore(end) : "" }),
  });
  const words = () => {
    drawLanguages();
    $("guide").replaceChildren(...guide().flat());
  };
  words();
  document.addEventListener("language", () => {
    words();
    draw();
  });
  document.addEventListener("clicks", () => {
    const line = $("results").querySelector(".count");
    if (line) line.textContent = counted(current.reply);
  });
}
