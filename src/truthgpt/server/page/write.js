// Writing a note: what it says of the post, its text, and how much of it there may be. A draft outlives the panel.

import { h } from "./dom.js";
import { t } from "./i18n.js";

const LONGEST = 2000; // characters
const SAYS = ["MISINFORMED_OR_POTENTIALLY_MISLEADING", "NOT_MISLEADING"];

const drafts = new Map(); // by post

/** What is written of a note on a post and not sent: `{says, text, open}`. */
export function draftOf(postId) {
  if (!drafts.has(postId)) drafts.set(postId, { says: SAYS[0], text: "", open: false });
  return drafts.get(postId);
}

/** Forgets what was written. */
export const dropDraft = (postId) => drafts.delete(postId);

const lengthOf = (text) => [...text.trim().normalize("NFC")].length;

/** What keeps `draft` from being sent, in words, or null. */
export function faultOf({ text }) {
  const length = lengthOf(text);
  if (length === 0) return t("note_empty");
  return length > LONGEST ? t("note_long", { n: length - LONGEST }) : null;
}

/** The form in which a note is written into `draft`; `send(text)` is told of a draft that is ready or not. */
export function writingForm(draft, { send, drop }) {
  const count = h("span", { class: "counter" });
  const area = h("textarea", {
    id: "note-text", rows: "5", dir: "auto", "data-key": "write", autocomplete: "off", "aria-describedby": "note-hint note-count",
  });
  const tell = () => {
    draft.text = area.value;
    const length = lengthOf(draft.text);
    count.textContent = t("counter", { n: length, most: LONGEST });
    count.classList.toggle("over", length > LONGEST);
    area.setAttribute("aria-invalid", String(length > LONGEST));
  };
  area.value = draft.text;
  area.addEventListener("input", tell);
  count.id = "note-count";
  tell();
  const radio = (says) => {
    const choose = () => {
      draft.says = says;
    };
    const checked = draft.says === says;
    return h("label", {}, h("input", { type: "radio", name: "note-says", checked, "data-key": says, onchange: choose }), h("span", {}, t(says)));
  };
  const submit = (event) => {
    event.preventDefault();
    send();
  };
  return h(
    "form",
    { class: "write", onsubmit: submit },
    h("fieldset", { class: "says" }, h("legend", {}, t("note_says")), SAYS.map(radio)),
    h("label", { for: "note-text" }, t("note_text")),
    area,
    h("p", { class: "aside write-foot" }, h("span", { id: "note-hint" }, t("note_hint")), count),
    h(
      "p",
      { class: "buttons" },
      h("button", { type: "button", class: "quiet", onclick: drop }, t("note_drop")),
      h("button", { type: "submit", class: "primary", "data-key": "publish" }, t("note_send")),
    ),
  );
}
