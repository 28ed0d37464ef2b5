// Rating a note: helpful, somewhat or not, then reasons if one likes; and what became of it, to change or take back.

import { h } from "./dom.js";
import { t } from "./i18n.js";

const LEVELS = [
  ["HELPFUL", "level_helpful"],
  ["SOMEWHAT_HELPFUL", "level_somewhat"],
  ["NOT_HELPFUL", "level_not"],
];

const GOOD = [
  "helpfulClear", "helpfulGoodSources", "helpfulAddressesClaim", "helpfulImportantContext", "helpfulUnbiasedLanguage",
  "helpfulInformative", "helpfulUniqueContext", "helpfulEmpathetic", "helpfulOther",
];
const BAD = [
  "notHelpfulIncorrect", "notHelpfulSourcesMissingOrUnreliable", "notHelpfulIrrelevantSources", "notHelpfulMissingKeyPoints",
  "notHelpfulOpinionSpeculation", "notHelpfulArgumentativeOrBiased", "notHelpfulHardToUnderstand", "notHelpfulOutdated",
  "notHelpfulOffTopic", "notHelpfulNoteNotNeeded", "notHelpfulSpamHarassmentOrAbuse", "notHelpfulOther",
];

// Asked for no more, since two of the above say it better; a rating given by way of the API may have it.
const OLD = ["notHelpfulOpinionSpeculationOrBias"];

const LISTS = {
  HELPFUL: [["reasons", GOOD]],
  SOMEWHAT_HELPFUL: [["reasons_good", GOOD], ["reasons_bad", BAD]],
  NOT_HELPFUL: [["reasons", BAD]],
};

/** The tags of `chosen` that may go with a level. */
export const fitting = (level, chosen) => LISTS[level].flatMap(([, tags]) => tags).filter((tag) => chosen.has(tag));

/** What a reader has chosen of a note and not sent: nothing, or what their rating says. */
export const newChoice = (rating = null) => ({ level: rating?.level ?? "", tags: new Set(rating?.tags ?? []), editing: Boolean(rating) });

function reasons(noteId, choice) {
  if (!choice.level) return [];
  return LISTS[choice.level].map(([title, tags]) =>
    h(
      "fieldset",
      { class: "reasons" },
      h("legend", {}, t(title)),
      tags.map((tag) => {
        const toggle = (event) => (event.currentTarget.checked ? choice.tags.add(tag) : choice.tags.delete(tag));
        const key = `${noteId}:${tag}`;
        return h("label", {}, h("input", { type: "checkbox", checked: choice.tags.has(tag), "data-key": key, onchange: toggle }), h("span", {}, t(tag)));
      }),
    ),
  );
}

/** The form in which a note is rated. It keeps what is chosen in `choice`; `actions` are send() and, for a rating that is
    there, cancel(). */
export function ratingForm(note, choice, { send, cancel }) {
  const more = h("div", {});
  const fill = () => {
    const buttons = h(
      "p",
      { class: "buttons" },
      choice.editing ? h("button", { type: "button", class: "quiet", onclick: cancel }, t("cancel")) : null,
      h("button", { type: "submit", class: "primary", "data-key": `${note.id}:send` }, t("rate_send")),
    );
    more.replaceChildren(...(choice.level ? [...reasons(note.id, choice), buttons] : []));
  };
  const radio = ([level, name]) => {
    const choose = () => {
      choice.level = level;
      fill();
    };
    const key = `${note.id}:${level}`;
    const checked = choice.level === level;
    return h("label", {}, h("input", { type: "radio", name: `rate-${note.id}`, checked, "data-key": key, onchange: choose }), h("span", {}, t(name)));
  };
  fill();
  const submit = (event) => {
    event.preventDefault();
    send();
  };
  return h(
    "form",
    { class: "rate", onsubmit: submit },
    h("fieldset", { class: "levels", role: "radiogroup" }, h("legend", {}, t("rate")), LEVELS.map(radio)),
    more,
  );
}

/** A rating that was given, in words, with what can be done with it: `actions` are change() and takeBack(). */
export function ratingGiven(note, { change, takeBack }) {
  const { level, tags } = note.rating;
  const [, name] = LEVELS.find(([each]) => each === level);
  const known = [...GOOD, ...BAD, ...OLD].filter((tag) => tags.includes(tag)).map((tag) => t(tag));
  return h(
    "div",
    { class: "rated" },
    h("p", {}, t("rated"), " ", h("strong", {}, t(name)), known.length ? ` (${known.join(", ")})` : ""),
    h("button", { type: "button", class: "quiet", "data-key": `${note.id}:change`, onclick: change }, t("rate_change")),
    h("button", { type: "button", class: "quiet", "data-key": `${note.id}:back`, onclick: takeBack }, t("rate_back")),
  );
}
