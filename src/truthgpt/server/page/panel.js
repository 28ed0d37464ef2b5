// The panel that shows a whole post with the passage in question: beside the text where there is room, else over it.

import { $, h } from "./dom.js";
import { date, t } from "./i18n.js";
import { NotesView } from "./notes.js";
import { cutPassage, markWords, safeLink } from "./text.js";

const wide = window.matchMedia("(min-width: 70rem)");
let shown = null; // { post, number, query, openers, notes }

function content({ post, number, query, notes }) {
  const link = safeLink(post.url);
  const mark = (text) => h("mark", {}, text);
  const [before, passage, after] = cutPassage(post.text, post.passage);
  const text = query
    ? markWords(post.text, query).map((segment) => (segment.hit ? mark(segment.text) : segment.text))
    : [before, passage ? mark(passage) : null, after];
  const facts = [
    post.stance ? t("stance", { stance: t(post.stance) }) : null,
    post.copies > 1 ? t("copies", { n: post.copies }) : null,
  ].filter(Boolean);
  return [
    h(
      "header",
      {},
      h("h2", { id: "panel-title", tabindex: "-1" }, number ? t("post_n", { n: number }) : t("post")),
      h("button", { type: "button", class: "quiet", onclick: close }, t("close")),
    ),
    h(
      "div",
      { class: "panel-body", tabindex: "0", role: "group", "aria-labelledby": "panel-title" },
      h(
        "p",
        { class: "byline", dir: "auto" },
        h("strong", {}, post.author || t("no_author")),
        h("br"),
        [post.community || t("no_community"), date(post.created_at, true)].join(" · "),
      ),
      h("div", { class: "post", dir: "auto", lang: post.language || null }, text),
      facts.length ? h("p", { class: "aside" }, facts.join(" · ")) : null,
      link ? h("p", {}, h("a", { href: link, target: "_blank", rel: "noopener noreferrer nofollow" }, t("open_post"))) : null,
      h("p", { class: "aside id" }, post.id),
      notes.root,
    ),
  ];
}

function draw() {
  const panel = $("panel");
  panel.replaceChildren(...content(shown));
  // Beside the text the panel leaves the page usable; over it, it is modal and the browser keeps the focus inside.
  if (wide.matches) panel.show();
  else panel.showModal();
  document.body.classList.toggle("with-panel", wide.matches);
  $("panel-title").focus({ preventScroll: true });
  const mark = panel.querySelector("mark");
  const body = panel.querySelector(".panel-body");
  if (mark) body.scrollTop = Math.max(0, mark.offsetTop - body.clientHeight / 3);
}

/** Shows `post` (of an answer, or of a search with its `query`) and its notes, at the one whose id is `note`; closing gives the
    focus back to the first of `openers` that is still there. */
export function openPanel(post, { number = null, query = "", note = null, openers }) {
  if ($("panel").open) $("panel").close();
  shown = { post, number, query, openers, notes: new NotesView(post, note) };
  draw();
}

/** Closes the panel; true when it was open. */
export function close() {
  if (!shown) return false;
  const { openers } = shown;
  shown = null;
  $("panel").close();
  document.body.classList.remove("with-panel");
  openers.find((opener) => opener.isConnected)?.focus();
  return true;
}

/** Makes the panel follow the keyboard, the window's width and the page's language. */
export function startPanel() {
  $("panel").addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog:modal") && close()) event.preventDefault();
  });
  const redraw = () => {
    if (!shown) return;
    $("panel").close();
    draw();
  };
  wide.addEventListener("change", redraw);
  document.addEventListener("language", () => {
    shown?.notes.draw();
    redraw();
  });
}
