// The conversation: the composer, the stream of an answer, and the questions of this tab, kept in memory only.

import * as api from "./api.js";
import { AnswerView, asText, spoken } from "./answer.js";
import { $, announce, h } from "./dom.js";
import { current, jurisdictionName, t } from "./i18n.js";
import { openPanel } from "./panel.js";
import { examples } from "./strings.js";
import { comesNearest, isSilent, newTurn, take } from "./turn.js";

const turns = []; // { turn, view }
let running = null; // the AbortController of the answer that is coming in
let service = null; // the server's status, once known
let law = ""; // the jurisdiction that is chosen, or "" for the server's default

function say(turn, event) {
  if (event.event === "verdict" && event.shown && event.sentence.citations.length) {
    announce(spoken(event.sentence));
  }
  if (event.event === "answer") {
    if (turn.decision?.answer === false) announce([t("refused"), turn.decision.rule, turn.decision.statute].filter(Boolean).join(". "));
    else if (isSilent(turn)) announce(turn.sentences[0]?.text ?? t("silent"));
    else if (comesNearest(turn)) announce(t("nearest"));
  }
}

async function run(turn, view) {
  running?.abort();
  const controller = new AbortController();
  running = controller;
  showButtons();
  view.update();
  announce(t("asking"));
  try {
    for await (const event of api.ask(turn.question, turn.law, controller.signal)) {
      if (controller.signal.aborted) break;
      take(turn, event);
      say(turn, event);
      view.update();
    }
    if (controller.signal.aborted) turn.phase = "stopped";
    else if (turn.phase !== "done") turn.phase = "failed";
  } catch (error) {
    turn.phase = error.name === "AbortError" ? "stopped" : "failed";
    if (turn.phase === "failed") turn.error = error instanceof api.ServiceError ? error.message : t("error_reply");
    if (turn.phase === "failed" && !(error instanceof api.ServiceError)) console.error(error);
    if (error.code === "paused") {
      turn.error = t("paused_turn");
      document.dispatchEvent(new Event("paused"));
    }
  }
  if (turn.phase === "failed") announce(turn.error || t("cut"));
  if (turn.phase === "stopped") announce(t("stopped"));
  view.update();
  if (running === controller) {
    running = null;
    showButtons();
  }
}

function showButtons() {
  const hadFocus = document.activeElement === $("stop-button") || document.activeElement === $("ask-button");
  $("ask-button").hidden = Boolean(running);
  $("stop-button").hidden = !running;
  if (hadFocus) (running ? $("stop-button") : $("question")).focus({ preventScroll: true });
}

async function copy(turn, button) {
  let done = true;
  try {
    await navigator.clipboard.writeText(asText(turn));
  } catch {
    // Without https the clipboard is closed to pages; the older way still works there.
    const area = h("textarea", { class: "hidden" });
    area.value = asText(turn);
    document.body.append(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.textContent = t(done ? "copied" : "not_copied");
  announce(button.textContent);
  setTimeout(() => {
    button.textContent = t("copy");
  }, 2000);
}

function reveal(view) {
  view.root.scrollIntoView({ block: "start" });
}

function retry(turn) {
  const entry = turns.find((item) => item.turn === turn);
  Object.assign(turn, newTurn(turn.question, turn.law));
  entry.view.heading.focus({ preventScroll: true });
  run(turn, entry.view);
}

/** Asks `question` under the law of `code` and shows the answer as it comes; gives its view. */
export function ask(question, code = "") {
  const turn = newTurn(question, code);
  const view = new AnswerView(turn, {
    open: (post, options) => openPanel(post, options),
    retry,
    copy,
  });
  turns.push({ turn, view });
  $("turns").append(view.root);
  $("ask-view").classList.add("talking");
  $("examples").hidden = true;
  run(turn, view);
  if (turns.length > 1) reveal(view);
  return view;
}

/** Shows the turn of `question` if this tab has it, else asks it: what a link or the Back button does. */
export function visit(question, code = "") {
  chooseLaw(code);
  const entry = turns.findLast(({ turn }) => turn.question === question && turn.law === code);
  if (entry) reveal(entry.view);
  (entry?.view ?? ask(question, code)).heading.focus({ preventScroll: true });
}

function chooseLaw(code) {
  law = code;
  $("law").value = code;
}

function drawChoices() {
  const codes = service?.jurisdictions ?? [];
  $("law").replaceChildren(...codes.map((code) => h("option", { value: code === "open" ? "" : code }, jurisdictionName(code))));
  $("law").closest("label").hidden = codes.length < 2;
  chooseLaw(law);
  $("examples").replaceChildren(
    h("h2", {}, t("examples")),
    h(
      "ul",
      {},
      examples[current()].map((question) => h("li", {}, h("a", { href: `#${new URLSearchParams({ ask: question })}` }, question))),
    ),
  );
  $("examples").hidden = !service?.demo || turns.length > 0;
}

/** Takes what the server says of itself: its laws, and whether it serves the demo posts. */
export function setService(status) {
  service = status;
  drawChoices();
}

/** Wires the composer. `asked(question, law)` is told of each question, for the address bar. */
export function startAsk(asked) {
  const box = $("question");
  const submit = (event) => {
    event.preventDefault();
    const question = box.value.trim();
    if (!question) return box.focus();
    box.value = "";
    asked(question, law);
    return ask(question, law);
  };
  $("composer").addEventListener("submit", submit);
  box.addEventListener("keydown", (event) => {
    // While an input method composes (Chinese, say), Enter chooses a word and must not send.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  });
  $("law").addEventListener("change", () => {
    law = $("law").value;
  });
  $("stop-button").addEventListener("click", () => running?.abort());
  document.addEventListener("language", () => {
    drawChoices();
    turns.forEach(({ view }) => view.update(true));
  });
}
