// A turn on the page: the question, the sentences that stand, the sides, the evidence; redrawn in parts as events come.

import { h, reconcile } from "./dom.js";
import { confidence, date, number, percent, seconds, t } from "./i18n.js";
import { notesWith } from "./note.js";
import { cutPassage, shorten } from "./text.js";
import { comesNearest, isRunning, isSilent, numbersOf, pointsOf } from "./turn.js";

/** Who wrote a post, where and when, in one line. */
export const byline = (post) =>
  [post.community || t("no_community"), post.author || t("no_author"), date(post.created_at)].join(" · ");

/** A sentence as it reads: between quotation marks where it stands word for word in the post that it cites. */
const asSaid = ({ text, quoted }) => (quoted ? `“${text}”` : text);

/** Whether a sentence is what its author thinks: then posts carry that it is thought, not that it is so. */
const isOpinion = ({ opinion, verdict }) => opinion && verdict === "supported";
const verdictOf = (sentence) => (isOpinion(sentence) ? "opinion" : sentence.verdict);

/** What a screen reader is told of a sentence. */
export const spoken = (sentence) =>
  [sentence.text, t(verdictOf(sentence)), isOpinion(sentence) ? t("opinion_sure") : confidence(sentence.confidence)].join(" ");

/** Draws `turn` and redraws what changed. `actions`: open(post, options of `openPanel`), retry(turn), copy(turn, button). */
export class AnswerView {
  #turn;
  #actions;
  #drawn = new Map();
  #numbers = new Map();

  constructor(turn, actions) {
    this.#turn = turn;
    this.#actions = actions;
    const size = turn.question.length > 160 ? "asked long" : "asked";
    this.heading = h("h2", { class: size, tabindex: "-1", dir: "auto" }, turn.question);
    this.body = h("div", { class: "answer" });
    this.root = h("article", { class: "turn" }, this.heading, this.body);
  }

  /** Redraws; with `all` also what has not changed, as after a change of language. */
  update(all = false) {
    const turn = this.#turn;
    if (all) this.#drawn.clear();
    this.#numbers = numbersOf(turn);
    this.root.setAttribute("aria-busy", String(isRunning(turn)));
    if (turn.language) this.body.lang = turn.language === "zh" ? "zh-Hans" : turn.language;
    const over = !isRunning(turn);
    const parts = [
      turn.decision?.answer === false && this.#part("refusal", turn.decision, () => this.#refusal()),
      turn.decision?.care && this.#part("care", turn.decision.care, () => this.#care()),
      isSilent(turn) && this.#part("silence", [turn.sentences, turn.evidence.length], () => this.#silence()),
      over && comesNearest(turn) && this.#part("nearest", [], () => this.#nearest()),
      ...(isSilent(turn)
        ? []
        : turn.sentences.map((sentence, at) => this.#part(`s${at}`, [sentence, this.#cited(sentence)], () => this.#sentence(sentence)))),
      this.#part("progress", [turn.phase, turn.evidence.length, turn.error], () => this.#progress()),
      over && turn.struck.length > 0 && this.#part("struck", turn.struck, () => this.#struck()),
      turn.perspectives.length > 0 && this.#part("sides", turn.perspectives, () => this.#perspectives()),
      over && turn.evidence.length > 0 && this.#part("evidence", [turn.evidence, [...this.#numbers]], () => this.#evidence()),
      turn.phase === "done" && this.#part("foot", [turn.model, turn.seconds], () => this.#foot()),
    ];
    reconcile(this.body, parts.filter(Boolean));
  }

  #part(name, inputs, draw) {
    const key = JSON.stringify(inputs);
    const before = this.#drawn.get(name);
    if (before?.key === key) return before.node;
    const node = draw();
    this.#drawn.set(name, { key, node });
    return node;
  }

  #cited(sentence) {
    return sentence.citations.map((id) => this.#numbers.get(id));
  }

  #post(id) {
    return this.#turn.evidence.find((post) => post.id === id);
  }

  #chips(ids) {
    return ids
      .filter((id) => this.#numbers.has(id))
      .map((id) => {
        const post = this.#post(id);
        const n = this.#numbers.get(id);
        const name = t("cite", { n, who: byline(post) });
        const open = (event) => this.#actions.open(post, { number: n, openers: [event.currentTarget] });
        return h("button", { type: "button", class: "chip", "aria-label": name, title: name, onclick: open }, number(n));
      });
  }

  #refusal() {
    const { rule, statute } = this.#turn.decision;
    return h(
      "section",
      { class: "notice", lang: document.documentElement.lang },
      h("h3", {}, t("refused")),
      h(
        "dl",
        {},
        rule ? [h("dt", {}, t("refused_rule")), h("dd", { dir: "auto" }, rule)] : null,
        statute ? [h("dt", {}, t("refused_statute")), h("dd", { dir: "auto" }, statute)] : null,
      ),
    );
  }

  /** Help for a person in distress: what is said first, then who helps. */
  #care() {
    const { text, emergency, lines } = this.#turn.decision.care;
    const link = (line) => h("a", { href: line.link, rel: "noopener noreferrer", target: "_blank" }, line.name);
    return h(
      "section",
      { class: "notice" },
      h("p", { dir: "auto" }, text),
      h(
        "ul",
        {},
        emergency ? h("li", {}, h("a", { href: `tel:${emergency}` }, emergency)) : null,
        lines.map((line) => h("li", {}, link(line), line.number ? ` ${line.number}` : null)),
      ),
    );
  }

  #silence() {
    const said = this.#turn.sentences.map(asSaid).join(" ");
    return h(
      "div",
      { class: "silence" },
      h("p", { class: "prose", dir: "auto" }, said || t("silent")),
      h("p", { class: "aside", lang: document.documentElement.lang }, t(this.#turn.evidence.length ? "silent_text" : "silent_none")),
    );
  }

  /** Said above sentences of which none answers more likely than not. */
  #nearest() {
    return h("p", { class: "aside", lang: document.documentElement.lang }, t("nearest"));
  }

  #sentence(sentence) {
    const gauge = h("span", { class: "gauge", "aria-hidden": "true" }, h("span"));
    gauge.firstChild.style.inlineSize = `${Math.round(sentence.confidence * 100)}%`;
    return h(
      "div",
      { class: "sentence" },
      h("p", { class: "prose", dir: "auto" }, asSaid(sentence), h("span", { class: "chips" }, this.#chips(sentence.citations))),
      h(
        "details",
        { class: "judgement", lang: document.documentElement.lang },
        h(
          "summary",
          { title: sentence.reason || t("no_reason") },
          h("span", { class: "verdict" }, t(verdictOf(sentence))),
          h("span", { class: "sure" }, isOpinion(sentence) ? t("opinion_sure") : confidence(sentence.confidence)),
          isOpinion(sentence) ? null : gauge,
        ),
        isOpinion(sentence) ? h("p", {}, t("opinion_text")) : null,
        h("p", { dir: "auto" }, sentence.reason || t("no_reason")),
        typeof sentence.answers === "number" ? h("p", {}, t("to_the_point", { value: number(Math.floor(sentence.answers * 100) / 100, 2) })) : null,
      ),
    );
  }

  #progress() {
    const turn = this.#turn;
    const line = { lang: document.documentElement.lang };
    const retry = () =>
      h("button", { type: "button", class: "quiet", onclick: () => this.#actions.retry(turn) }, t("again"));
    if (turn.phase === "done") return h("div", { hidden: true });
    if (turn.phase === "stopped") return h("p", { ...line, class: "aside" }, t("stopped"), " ", retry());
    if (turn.phase === "failed") return h("p", { ...line, class: "notice trouble" }, turn.error || t("cut"), " ", retry());
    const text =
      turn.phase === "checking"
        ? t("checking")
        : turn.phase === "reading"
          ? t("reading", { n: turn.evidence.length })
          : t("asking");
    return h("p", { ...line, class: "progress" }, h("span", { class: "pulse", "aria-hidden": "true" }), text);
  }

  #struck() {
    const { struck } = this.#turn;
    const list = h(
      "div",
      { class: "struck", hidden: true },
      h("p", { class: "aside" }, t("struck_text")),
      struck.map((sentence) =>
        h(
          "div",
          {},
          h("p", { class: "prose", dir: "auto" }, h("s", {}, asSaid(sentence))),
          h("p", { class: "aside", dir: "auto" }, [t(sentence.verdict), sentence.reason].filter(Boolean).join(": ")),
        ),
      ),
    );
    const toggle = (event) => {
      list.hidden = !event.currentTarget.checked;
    };
    return h(
      "section",
      { class: "part", lang: document.documentElement.lang },
      h(
        "label",
        { class: "switch" },
        h("input", { type: "checkbox", role: "switch", onchange: toggle }),
        t("show_struck", { n: struck.length }),
      ),
      list,
    );
  }

  #perspectives() {
    const { perspectives, evidence } = this.#turn;
    const sides = perspectives.map((side) => {
      const { points, rest } = pointsOf(side, evidence);
      const bar = h("div", { class: "bar-track", "aria-hidden": "true" }, h("div"));
      bar.firstChild.style.inlineSize = `${Math.round(side.share * 100)}%`;
      const chips = this.#chips(rest);
      return h(
        "section",
        { class: "side" },
        h("h4", { dir: "auto" }, side.label),
        h("p", { class: "aside", lang: document.documentElement.lang }, t("share", { share: percent(side.share) })),
        bar,
        h("ul", {}, points.map((point) => h("li", { dir: "auto" }, point.text, h("span", { class: "chips" }, this.#chips(point.citations))))),
        chips.length ? h("p", { class: "aside" }, t("sources"), " ", h("span", { class: "chips" }, chips)) : null,
      );
    });
    return h("section", { class: "part" }, h("h3", {}, t("perspectives")), h("div", { class: "sides" }, sides));
  }

  #evidence() {
    const { evidence } = this.#turn;
    const cited = [...this.#numbers].map(([id, n]) => this.#item(this.#post(id), n));
    const others = evidence.filter((post) => !this.#numbers.has(post.id)).map((post) => this.#item(post, null));
    return h(
      "section",
      { class: "part", lang: document.documentElement.lang },
      h("h3", {}, t("evidence")),
      cited.length ? h("ol", { class: "evidence" }, cited) : null,
      others.length
        ? h("details", { class: "others" }, h("summary", {}, t("also", { n: others.length })), h("ol", { class: "evidence" }, others))
        : null,
    );
  }

  #item(post, n) {
    const [, passage] = cutPassage(post.text, post.passage);
    const facts = [byline(post), t(post.stance), post.copies > 1 ? t("copies", { n: post.copies }) : null];
    const button = h(
      "button",
      { type: "button", onclick: () => this.#actions.open(post, { number: n, openers: [button] }) },
      h("span", { class: "n" }, n === null ? "–" : number(n)),
      h("span", { class: "quote", dir: "auto" }, shorten(passage || post.text, 200)),
      h("span", { class: "aside", dir: "auto" }, facts.filter(Boolean).join(" · ")),
    );
    const openAt = (from, note) => this.#actions.open(post, { number: n, note, openers: [from, button] });
    return h("li", {}, button, notesWith(post, openAt));
  }

  #foot() {
    const turn = this.#turn;
    const model = turn.model === "none" ? null : turn.model; // quoted evidence alone
    const facts = [model, seconds(turn.seconds), t("version", { n: turn.version })].filter(Boolean);
    const copy = (event) => this.#actions.copy(turn, event.currentTarget);
    return h(
      "footer",
      { class: "foot aside", lang: document.documentElement.lang },
      h("span", {}, facts.join(" · ")),
      h("button", { type: "button", class: "quiet", onclick: copy }, t("copy")),
    );
  }
}

/** The answer as text, its sources below it, for pasting elsewhere. */
export function asText(turn) {
  const numbers = numbersOf(turn);
  const marks = (ids) => ids.filter((id) => numbers.has(id)).map((id) => `[${numbers.get(id)}]`).join("");
  const lines = [turn.question, ""];
  const care = turn.decision?.care;
  if (care) lines.push(care.text, ...care.lines.map((line) => [line.name, line.number, line.link].filter(Boolean).join(" ")), "");
  if (turn.decision?.answer === false) {
    lines.push(t("refused"), ...[turn.decision.rule, turn.decision.statute].filter(Boolean));
  } else if (turn.sentences.length === 0) lines.push(t("silent"));
  else {
    if (comesNearest(turn)) lines.push(t("nearest"));
    lines.push(turn.sentences.map((sentence) => [asSaid(sentence), marks(sentence.citations)].filter(Boolean).join(" ")).join(" "));
  }
  for (const side of turn.perspectives) {
    const { points, rest } = pointsOf(side, turn.evidence);
    lines.push("", `${side.label} (${t("share", { share: percent(side.share) })}) ${marks(rest)}`.trimEnd());
    lines.push(...points.map((point) => `- ${point.text} ${marks(point.citations)}`.trimEnd()));
  }
  if (numbers.size) lines.push("", t("sources"));
  for (const [id, n] of numbers) {
    const post = turn.evidence.find((item) => item.id === id);
    lines.push(`[${n}] ${byline(post)} (${post.url || id})`);
    for (const note of post.notes ?? []) lines.push(`    ${t("context")}: ${shorten(note.text, Infinity)}`);
  }
  return lines.join("\n");
}
