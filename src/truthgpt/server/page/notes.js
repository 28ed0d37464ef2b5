// The notes on a post, in its panel: read, written, rated and deleted there.

import * as api from "./api.js";
import { $, announce, h } from "./dom.js";
import { t } from "./i18n.js";
import { asReader, asWriter, forgetIdentity, identity, isSignedInElsewhere } from "./identity.js";
import { noteByline, noteText, picture, reason, tellNotes } from "./note.js";
import { fitting, newChoice, ratingForm, ratingGiven } from "./rate.js";
import { draftOf, dropDraft, faultOf, writingForm } from "./write.js";

const SCORED_WITHIN = 6000; // milliseconds in which the service weighs new ratings, most often

const choices = new Map(); // by note: what is chosen of a rating and not sent; it outlives the panel, as drafts do

/** What went wrong in one line of the page's language, where there are words for it. */
function told(error) {
  if (!(error instanceof api.ServiceError)) throw error;
  const key = { 403: "note_denied", 404: "note_gone", 409: "note_twice", 429: "error_often" }[error.status];
  return key ? t(key) : error.message;
}

/** Whether nothing has the focus: what had it was taken away. */
const isLost = () => [null, document.body, $("panel")].includes(document.activeElement);

/** The part of the panel about the notes on `post`, as `root`; `note` is the id of one to go to. */
export class NotesView {
  #post;
  #goTo;
  #notes = null;
  #trouble = ""; // why the notes could not be read
  #troubles = new Map(); // what went wrong, by note, or by "write"
  #asked = ""; // what is to be confirmed: the id of a note to delete, or "forget"
  #busy = new Set(); // where something is on its way
  #acts = 0; // how often something was begun or ended
  #cards = new Map();
  #later = 0;

  constructor(post, note = null) {
    this.#post = post;
    this.#goTo = note;
    this.heading = h("h3", { tabindex: "-1", "data-key": "notes" });
    this.list = h("div", { class: "note-list" });
    this.writing = h("div", { class: "writing" });
    this.foot = h("div", { class: "who-writes" });
    this.root = h("section", { class: "notes", lang: document.documentElement.lang }, this.heading, this.list, this.writing, this.foot);
    this.draw();
    this.load();
  }

  /** Draws all anew, as after a change of language. */
  draw() {
    this.root.lang = document.documentElement.lang;
    this.#cards.clear();
    this.#drawList();
    this.#drawWriting();
    this.#drawFoot();
  }

  /** Reads the notes; `quietly` without a word when it fails, and not in the way of what a person does meanwhile. */
  async load(quietly = false) {
    const acts = this.#acts;
    try {
      const notes = await asReader((secret) => api.notesOn(this.#post.id, secret));
      if (quietly && acts !== this.#acts) return;
      this.#notes = notes;
      this.#trouble = "";
    } catch (error) {
      if (quietly && error instanceof api.ServiceError) return;
      if (error.status === 404) {
        this.root.hidden = true; // this server keeps no notes
        return;
      }
      this.#trouble = told(error);
    }
    this.#changed();
    if (this.#goTo && this.#notes) {
      const card = this.#cards.get(this.#goTo)?.node;
      this.#goTo = null;
      card?.scrollIntoView({ block: "start" });
      if (isLost() || document.activeElement.id === "panel-title") card?.querySelector("h4").focus({ preventScroll: true });
    }
  }

  #changed() {
    if (this.#notes) tellNotes(this.#post.id, this.#notes);
    this.#keepFocus(() => {
      this.#drawList();
      this.#drawFoot();
    });
    // A draft that is being typed is left alone: only whether there is a form at all may change.
    if (this.#hasForm() !== Boolean(this.writing.firstChild)) this.#drawWriting();
  }

  #keepFocus(draw) {
    const key = this.root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    draw();
    if (key) this.#focus(key);
  }

  /** Gives the focus to what has `key`, where what had it is gone; somebody who went on is not called back. */
  #focus(key) {
    if (isLost()) this.root.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }

  #drawList() {
    this.heading.textContent = t("notes");
    if (!this.#notes) {
      const again = () => {
        this.#trouble = "";
        this.#drawList();
        this.#focus("notes");
        this.load();
      };
      return this.list.replaceChildren(
        this.#trouble
          ? h("p", { class: "notice trouble" }, this.#trouble, " ", h("button", { type: "button", class: "quiet", onclick: again }, t("again")))
          : h("p", { class: "progress" }, h("span", { class: "pulse", "aria-hidden": "true" }), t("notes_reading")),
      );
    }
    if (this.#notes.length === 0) return this.list.replaceChildren(h("p", { class: "aside" }, t("notes_none")));
    const cards = this.#notes.map((note) => {
      const key = JSON.stringify([note, this.#asked === note.id, this.#troubles.get(note.id), choices.get(note.id)?.editing]);
      const before = this.#cards.get(note.id);
      if (before?.key === key) return before.node;
      const node = this.#card(note);
      this.#cards.set(note.id, { key, node });
      return node;
    });
    return this.list.replaceChildren(...cards);
  }

  #card(note) {
    const id = `note-${note.id}`;
    const trouble = this.#troubles.get(note.id);
    return h(
      "article",
      { class: `note ${note.status}`, "aria-labelledby": id },
      h("h4", { id, tabindex: "-1", "data-key": note.id }, t(note.status)),
      h("p", { class: "note-text", dir: "auto" }, noteText(note.text)),
      h("p", { class: "aside" }, noteByline(note)),
      h("p", { class: "reason" }, reason(note)),
      picture(note),
      note.own ? this.#own(note) : this.#rating(note),
      trouble ? h("p", { class: "notice trouble" }, trouble) : null,
    );
  }

  #own(note) {
    if (this.#asked !== note.id) {
      return h("p", { class: "rated" }, h("button", { type: "button", class: "quiet", "data-key": `${note.id}:delete`, onclick: () => this.#ask(note.id) }, t("note_delete")));
    }
    return this.#confirm(t("note_delete_sure"), t("note_delete"), () => this.#delete(note), `${note.id}:delete`);
  }

  #rating(note) {
    const edit = () => {
      choices.set(note.id, newChoice(note.rating));
      this.#drawList();
      this.#focus(`${note.id}:${note.rating.level}`);
    };
    const choice = choices.get(note.id) ?? newChoice();
    if (note.rating && !choice.editing) return ratingGiven(note, { change: edit, takeBack: () => this.#takeBack(note) });
    choices.set(note.id, choice);
    const cancel = () => {
      choices.delete(note.id);
      this.#drawList();
      this.#focus(`${note.id}:change`);
    };
    return ratingForm(note, choice, { send: () => this.#rate(note, choice), cancel });
  }

  /** What cannot be undone, asked again in place; the way back has the focus. */
  #confirm(question, yes, act, key) {
    const keep = () => {
      this.#asked = "";
      this.#drawList();
      this.#drawFoot();
      this.#focus(key);
    };
    return h(
      "div",
      { class: "confirm", role: "group", "aria-label": question },
      h("p", {}, question),
      h("button", { type: "button", class: "quiet", "data-key": "keep", onclick: keep }, t("keep")),
      h("button", { type: "button", class: "quiet", "data-key": "sure", onclick: act }, yes),
    );
  }

  #ask(what) {
    this.#asked = what;
    this.#drawList();
    this.#drawFoot();
    this.#focus("keep");
  }

  /** Does what a person asked for once, as who they are; what goes wrong is told at `place`, and nothing typed is lost. */
  async #act(place, request) {
    if (this.#busy.has(place)) return false;
    this.#busy.add(place);
    this.#acts += 1;
    this.root.setAttribute("aria-busy", "true");
    this.#troubles.delete(place);
    try {
      await asWriter(request);
      clearTimeout(this.#later);
      this.#later = setTimeout(() => this.root.isConnected && this.load(true), SCORED_WITHIN);
      return true;
    } catch (error) {
      this.#troubles.set(place, told(error));
      announce(this.#troubles.get(place));
      return false;
    } finally {
      this.#busy.delete(place);
      this.#acts += 1;
      this.root.setAttribute("aria-busy", String(this.#busy.size > 0));
    }
  }

  #replace(note) {
    this.#notes = this.#notes.map((each) => (each.id === note.id ? note : each));
  }

  async #rate(note, choice) {
    const rating = { level: choice.level, tags: fitting(choice.level, choice.tags) };
    const done = await this.#act(note.id, async (secret) => this.#replace(await api.rateNote(note.id, rating, secret)));
    if (done) {
      choices.delete(note.id);
      announce(t("rate_kept"));
    }
    this.#changed();
    if (done) this.#focus(`${note.id}:change`);
  }

  async #takeBack(note) {
    const done = await this.#act(note.id, (secret) => api.unrateNote(note.id, secret));
    if (done) {
      this.#replace({ ...note, rating: null, ratings: Math.max(0, note.ratings - 1) });
      announce(t("rate_gone"));
    }
    this.#changed();
    if (done) this.#focus(note.id);
  }

  async #delete(note) {
    const done = await this.#act(note.id, (secret) => api.deleteNote(note.id, secret));
    this.#asked = "";
    if (done) {
      this.#notes = this.#notes.filter((each) => each.id !== note.id);
      announce(t("note_deleted"));
    }
    this.#changed();
    this.#focus(done ? "notes" : `${note.id}:delete`);
  }

  #hasForm() {
    return Boolean(this.#notes) && !this.#notes.some((note) => note.own);
  }

  #drawWriting() {
    if (!this.#hasForm()) return this.writing.replaceChildren();
    const draft = draftOf(this.#post.id);
    const open = () => {
      draft.open = !draft.open;
      this.#drawWriting();
      this.#focus(draft.open ? "write" : "open");
    };
    const drop = () => {
      dropDraft(this.#post.id);
      this.#troubles.delete("write");
      this.#drawWriting();
      this.#focus("open");
    };
    const trouble = this.#troubles.get("write");
    return this.writing.replaceChildren(
      h("button", { type: "button", class: "quiet", "aria-expanded": String(draft.open), "data-key": "open", onclick: open }, t("note_write")),
      ...(draft.open ? [writingForm(draft, { send: () => this.#write(draft), drop })] : []),
      ...(draft.open && trouble ? [h("p", { class: "notice trouble" }, trouble)] : []),
    );
  }

  async #write(draft) {
    const fault = faultOf(draft);
    if (fault) {
      this.#troubles.set("write", fault);
      announce(fault);
      this.#drawWriting();
      return this.#focus("write");
    }
    const note = { post_id: this.#post.id, classification: draft.says, text: draft.text.trim() };
    this.writing.querySelector("textarea").readOnly = true; // what is typed from here on would not be in it
    let written = null;
    const done = await this.#act("write", async (secret) => {
      written = await api.writeNote(note, secret);
    });
    if (!done) {
      this.#drawWriting();
      this.#drawFoot();
      return this.#focus("publish");
    }
    dropDraft(this.#post.id);
    this.#notes = [...this.#notes, written];
    announce(t("note_published"));
    this.#changed();
    return this.#focus(written.id);
  }

  #drawFoot() {
    const who = identity();
    // Whoever has a note here under another name, or a rating without one, was signed in by other means.
    const others = this.#notes?.some((note) => (note.own && note.author !== who?.id) || (note.rating && !who));
    if (!this.#notes || others || isSignedInElsewhere()) return this.foot.replaceChildren();
    if (!who) return this.foot.replaceChildren(h("p", { class: "aside" }, t("who_none")));
    if (this.#asked === "forget") return this.foot.replaceChildren(this.#confirm(t("who_forget_sure"), t("who_forget"), () => this.#forget(), "forget"));
    return this.foot.replaceChildren(
      h(
        "p",
        { class: "aside" },
        ...around(t("who_is"), h("strong", {}, who.id)),
        " ",
        h("button", { type: "button", class: "link", "data-key": "forget", onclick: () => this.#ask("forget") }, t("who_forget")),
      ),
    );
  }

  #forget() {
    forgetIdentity();
    this.#asked = "";
    announce(t("who_forgotten"));
    this.#drawFoot();
    this.#focus("notes");
    this.load();
  }
}

/** A text with a node in the place of its `{who}`. */
function around(text, node) {
  const [before, after] = text.split("{who}");
  return [before, node, after];
}
