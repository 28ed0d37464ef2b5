// One note drawn: its text with links, its status and reason in words, who finds it helpful; and where it stands with its post.

import { h } from "./dom.js";
import { date, number, percent, t } from "./i18n.js";
import { cutParts, linkParts } from "./text.js";

const HELPFUL = "CURRENTLY_RATED_HELPFUL";
const SHORT = 280; // code points of a note beside a post that is itself shown in part
const LINK = 42; // code points of an address that are shown
const LEVELS = [
  ["helpful", "level_helpful"],
  ["somewhat_helpful", "level_somewhat"],
  ["not_helpful", "level_not"],
];
const NEEDED = 5; // ratings before a note gets any status, and before the service tells how its sides rated it

/** The text of a note with its links; with `points`, no more than that many code points of it. */
export function noteText(text, points = Infinity) {
  return cutParts(linkParts(text), points).map((part) => {
    if (!part.href) return part.text;
    const [{ text: shown }] = cutParts([{ text: part.text.replace(/^https:\/\//u, "") }], LINK);
    return h("a", { href: part.href, title: part.href, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, shown);
  });
}

const total = (side) => side.helpful + side.somewhat_helpful + side.not_helpful;

/** How both sides rated a note, or null where that is not told. */
const sidesOf = ({ sides }) => (sides?.length === 2 && sides.some(total) ? sides : null);

/** To how many of each side a note is helpful, in a sentence; "" where that is not told. */
function bothSides(note) {
  const sides = sidesOf(note);
  if (!sides) return "";
  if (!sides.every(total)) return t("one_sided");
  const [a, b] = sides.map((side) => percent(side.helpful / total(side)));
  return t("both_sides", { a, b });
}

function track(side) {
  const parts = LEVELS.filter(([level]) => side[level] > 0).map(([level]) => {
    const part = h("span", { class: level });
    part.style.flexGrow = side[level];
    return part;
  });
  return h("div", { class: "stack", "aria-hidden": "true" }, parts);
}

/** Who finds a note helpful: a bar for each side of the divide, and the same in numbers; one line where that is not told. */
export function picture(note) {
  const sides = sidesOf(note);
  if (!sides) return h("p", { class: "aside" }, t(note.ratings < NEEDED ? "sides_later" : "sides_unknown", { n: NEEDED }));
  const rows = sides.map((side, at) =>
    h(
      "div",
      {},
      h("p", { class: "side-name" }, h("strong", {}, t(at ? "side_other" : "side_one")), " ", t("ratings", { n: total(side) })),
      track(side),
      h(
        "ul",
        { class: "counts" },
        LEVELS.map(([level, name]) =>
          h(
            "li",
            {},
            h("span", { class: `swatch ${level}`, "aria-hidden": "true" }),
            h("span", {}, t(name), " "),
            h("span", {}, t("level_count", { n: side[level], share: percent(side[level] / Math.max(1, total(side))) })),
          ),
        ),
      ),
    ),
  );
  const unplaced = note.unplaced ? total(note.unplaced) : 0;
  return h(
    "figure",
    { class: "who" },
    h("figcaption", {}, t("who_helpful")),
    rows,
    unplaced ? h("p", { class: "aside" }, t("unplaced", { n: unplaced })) : null,
  );
}

const mean = (side) => (side.helpful + side.somewhat_helpful / 2) / Math.max(1, total(side));

// The words for the rule that gave a status; {below} and {above} are its threshold where that lies below or above the score.
const RULES = {
  GeneralCRH: "why_helpful",
  GeneralCRHInertia: "why_still",
  GeneralCRNH: "why_low",
  UcbCRNH: "why_upper",
  RatioCRNH: "why_means",
  NmCRNH: "why_needless",
  TagFilter: "why_tags",
  FilterIncorrect: "why_incorrect",
  FilterLowDiligence: "why_careless",
  FilterLargeFactor: "why_leaning",
  RejectLowIntercept: "why_reject",
  MinMinorityRaters: "why_minority",
  RaterBalance: "why_balance",
  OneSided: "why_one_sided",
  ScoringDriftGuard: "why_settled",
  InsufficientExplanation: "why_unexplained",
};

/** Why a note has its status, in a sentence made of the rule that gave it and of that rule's number. */
export function reason(note) {
  const { intercept, factor, margin, ratings, sides } = note;
  const rule = note.rule.split("/").at(-1); // a model's name may stand before it
  if (rule === "" || rule.endsWith("InitialNMR")) {
    if (ratings === 0) return t("why_none");
    if (ratings < NEEDED) return t("why_few", { n: ratings, needed: NEEDED });
    if (rule === "") return t("why_unscored");
    if (note.classification === "NOT_MISLEADING") return t("why_fine");
    if (intercept === null) return t("why_seldom", { n: ratings });
  }
  const lean = Math.abs(factor ?? 0);
  const [a, b] = sides.map(mean);
  const values = { score: intercept, margin, below: intercept - margin, above: intercept + margin, lean, most: lean - margin, a, b };
  const written = Object.entries(values).map(([name, value]) => [name, number(value ?? 0, 2).replace("-", "−")]);
  const key = rule.endsWith("InitialNMR") ? "why_short" : (RULES[rule] ?? "why_rule");
  return t(key, { ...Object.fromEntries(written), n: Math.round(margin), rule });
}

/** Who wrote a note and when, and what it says of the post where that is not what notes are for. */
export const noteByline = (note) => [
  note.own ? t("note_own") : h("bdi", {}, note.author),
  ` · ${date(note.created_at)}`,
  note.classification === "NOT_MISLEADING" ? ` · ${t("NOT_MISLEADING")}` : "",
];

function brief(note, open) {
  const sides = sidesOf(note);
  const bar = (side) => {
    const gauge = h("span", { class: "gauge" }, h("span"));
    gauge.firstChild.style.inlineSize = `${(100 * side.helpful) / Math.max(1, total(side))}%`;
    return gauge;
  };
  return h(
    "div",
    { class: "context", role: "note", "aria-label": t("context"), lang: document.documentElement.lang },
    h("p", { class: "context-title" }, t("context")),
    h("p", { class: "note-text", dir: "auto" }, noteText(note.text, SHORT)),
    h(
      "p",
      { class: "aside" },
      sides ? [h("span", { class: "pair", "aria-hidden": "true" }, sides.map(bar)), h("span", {}, bothSides(note))] : null,
      h("button", { type: "button", class: "link", onclick: (event) => open(event.currentTarget, note.id) }, t("note_rate_it")),
    ),
  );
}

const standing = new WeakMap(); // the element of a post's notes to { post, open }

function drawStanding(node) {
  const { post, open } = standing.get(node);
  node.replaceChildren(...(post.notes ?? []).map((note) => brief(note, open)));
}

/** The helpful notes that stand with `post`; `open(button, id)` opens the post at a note. They follow what `tellNotes` tells. */
export function notesWith(post, open) {
  const node = h("div", { class: "contexts" });
  standing.set(node, { post, open });
  drawStanding(node);
  return node;
}

const looks = (notes) => JSON.stringify((notes ?? []).map(({ id, text, classification, sides }) => [id, text, classification, sides]));

/** Tells the page all the notes that a post has now, so that none stands there that left it, and none is missing. */
export function tellNotes(postId, notes) {
  const helpful = notes.filter((note) => note.status === HELPFUL);
  for (const node of document.querySelectorAll(".contexts")) {
    const { post } = standing.get(node);
    if (post.id !== postId) continue;
    const same = looks(post.notes) === looks(helpful);
    post.notes = helpful;
    if (!same) drawStanding(node);
  }
}
