// The rooms of the inspectors' page: each is a function from what the service says to elements.

import { announce, h } from "../dom.js";
import { date, jurisdictionName, number, percent, t } from "../i18n.js";
import { file, read } from "./api.js";

const facts = (rows) =>
  h("dl", { class: "facts" }, rows.filter(([, value]) => value !== null && value !== "").flatMap(([name, value, kind]) => [h("dt", {}, name), h("dd", { class: kind }, value)]));

/** A table that scrolls by itself; `columns` are [title, class], `rows` lists of cells. */
function table(caption, columns, rows, name = null) {
  const head = columns.map(([title, kind]) => h("th", { scope: "col", class: kind }, title));
  const body = rows.map((cells) => h("tr", {}, cells.map((cell, index) => h("td", { class: columns[index][1] }, cell))));
  return h("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
    h("table", { class: name }, h("caption", {}, caption), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body)));
}

/** Puts a file into the reader's hands. */
function save(blob, name) {
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A button that fetches a file, or makes one of `text`, and saves it; what goes wrong is said where it stands. */
function download(label, name, path, text = null) {
  const button = h("button", { type: "button", class: "quiet", onclick: async () => {
    try {
      save(text === null ? await file(path) : new Blob([text]), name);
    } catch (error) {
      button.textContent = error.message;
      announce(error.message);
    }
  } }, label);
  return button;
}

const downloads = (...buttons) => h("p", { class: "downloads" }, buttons);
/** What the service says in words, which are English. */
const english = (words) => h("span", { lang: "en" }, words);
const time = (iso) => (iso ? date(iso, true) : "");

const STATES = { certified: "in_certified", uninspected: "in_uninspected", refused: "in_refused", "no model": "in_no_model" };

export async function modelRoom({ model, quotes_only, posts, corpus_version, version, paused, inspection }) {
  const { certificates } = await read("/certificates");
  const state = STATES[quotes_only ? "no model" : inspection.state];
  return [
    facts([
      [t("in_served"), quotes_only ? t("no_model") : model],
      [t("in_stands"), t(state, { who: inspection.inspector, until: inspection.expires.slice(0, 10) })],
      [t("in_why"), quotes_only ? "" : inspection.why],
      [t("in_changed"), inspection.changed.join(", ")],
      [t("in_paused"), paused ? `${time(paused.since)}: ${paused.reason}` : ""],
      [t("in_posts"), t("posts", { n: posts })],
      [t("in_versions"), t("in_versions_of", { corpus: corpus_version, version })],
    ]),
    ...(certificates.length ? certificates.map(certificate) : [h("p", {}, t("in_no_certificate"))]),
  ];
}

function certificate({ file: name, id, holds, served, wrong, statement, content }) {
  const found = statement?.predicate ?? {};
  const results = Array.isArray(found.results) ? found.results : [];
  return h("div", { class: "card" },
    h("h3", {}, served ? t("in_certificate_served") : t("in_certificate"), " ", h("span", { class: "mono" }, id.slice(0, 16))),
    facts([
      [t("in_holds"), holds ? t("in_yes") : h("span", { class: "bad" }, wrong.join("; "))],
      [t("in_inspector"), String(found.inspector ?? "")],
      [t("in_of"), String(found.model ?? "")],
      [t("in_term"), found.issued ? `${time(found.issued)} – ${time(found.expires)}` : ""],
      [t("in_flop"), typeof found.trainingFlop === "number" ? found.trainingFlop.toExponential(2) : t("in_unknown")],
      [t("in_passed"), found.passed === undefined ? "" : t(found.passed ? "in_yes" : "in_no")],
    ]),
    results.length ? h("details", { open: served }, h("summary", {}, t("in_measured", { n: results.length })), measured(results)) : null,
    downloads(download(t("in_download_certificate"), name, "", content)));
}

const figure = (value) => (typeof value === "number" ? number(Math.round(value * 1000) / 1000) : "");

function measured(results) {
  return table(t("in_measures"), [[t("in_measure"), "text"], [t("in_value"), "n"], [t("in_interval"), "n"], [t("in_items"), "n"], [t("in_limit"), "n"], [t("in_outcome"), null]],
    results.map(({ title, unit, value, low, high, n, direction, limit, outcome }) => [
      String(title), `${figure(value)} ${value === null ? "" : unit}`.trim(),
      typeof low === "number" ? `${figure(low)} – ${figure(high)}` : "", figure(n),
      typeof limit === "number" ? `${direction === "at least" ? "≥" : "≤"} ${figure(limit)}` : "", String(outcome)]));
}

export async function logRoom() {
  const [log, newest] = await Promise.all([read("/log"), read("/log/entries?limit=20")]);
  const base = `${location.origin}/v1/oversight/log/`;
  const list = h("div", {});
  const older = h("button", { type: "button", class: "quiet", onclick: () => more() }, t("in_older"));
  const told = [];
  let next = null;
  const show = (page) => {
    told.push(...page.entries);
    next = page.next;
    older.hidden = next === null;
    list.replaceChildren(table(t("in_entries"), [[t("in_number"), "n"], [t("in_time"), "time"], [t("in_what"), "text"]], told.map((one) => [number(one.index), time(one.time), english(one.words)]), "entries"));
  };
  const more = async () => {
    try {
      show(await read(`/log/entries?limit=100&before=${next}`));
    } catch (error) {
      announce(error.message);
    }
  };
  show(newest);
  return [
    facts([[t("in_size"), number(log.size)], [t("in_origin"), log.origin, "mono"], [t("in_root"), log.root, "mono"], [t("in_verifier"), log.key, "mono"]]),
    downloads(download(t("in_download_checkpoint"), "checkpoint", "/log/checkpoint")),
    h("h3", {}, t("in_recent")), list, h("p", {}, older),
    h("h3", {}, t("in_prove")), proofForm(log),
    h("details", {}, h("summary", {}, t("in_follow")), h("p", { class: "aside" }, t("in_follow_text")),
      h("pre", {}, `curl -H "Authorization: Bearer $KEY" ${base}checkpoint\ncurl -H "Authorization: Bearer $KEY" ${base}tile/0/000\ncurl -H "Authorization: Bearer $KEY" ${base}tile/entries/000`)),
  ];
}

function proofForm(log) {
  const index = h("input", { id: "index", type: "number", min: 0, max: Math.max(0, log.size - 1), step: 1, required: true });
  const out = h("div", { "aria-live": "polite" });
  const prove = async (event) => {
    event.preventDefault();
    try {
      out.replaceChildren(...proven(await read(`/log/entries/${encodeURIComponent(index.value)}`), log));
    } catch (error) {
      out.replaceChildren(h("p", { class: "notice trouble" }, error.message));
    }
  };
  return h("div", {}, h("form", { class: "line", onsubmit: prove }, h("label", { for: "index" }, t("in_index")), index,
    h("button", { type: "submit", class: "primary" }, t("in_show"))), out);
}

function proven(entry, log) {
  const shown = ([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)];
  return [
    facts([[t("in_what"), english(entry.words)], [t("in_time"), time(entry.time)], ...Object.entries(entry.fields).map(shown),
      ...Object.entries(entry.texts).map(([name, hash]) => [`${name} (SHA-256)`, hash, "mono"]), [t("in_leaf"), entry.leaf, "mono"]]),
    downloads(download(t("in_download_entry"), `entry-${entry.index}`, `/log/entries/${entry.index}/raw`),
      download(t("in_download_proof"), `entry-${entry.index}.tlog-proof`, "", entry.proof)),
    h("p", { class: "aside" }, t("in_check")),
    h("pre", {}, `truthgpt log check entry-${entry.index}.tlog-proof entry-${entry.index} --key '${log.key}'`),
  ];
}

const KINDS = { infrastructure: "in_infrastructure", security: "in_security", death: "in_death", harm: "in_harm" };
const DUE = { "first report": "in_first", update: "in_update", "final report": "in_final" };

export async function incidentsRoom() {
  const { incidents } = await read("/incidents");
  if (!incidents.length) return [h("p", {}, t("in_no_incident"))];
  return incidents.map((one) => h("div", { class: "card" },
    h("h3", {}, one.id),
    facts([
      [t("in_kind"), one.kind in KINDS ? t(KINDS[one.kind]) : one.kind],
      [t("in_state"), one.resolved ? t("in_resolved", { when: time(one.resolved) }) : t("in_open")],
      [t("in_aware"), time(one.aware)],
      ...one.deadlines.map((due) => [t(DUE[due.what] ?? "in_update"), deadline(due)]),
      [t("in_kept"), date(one.kept_until)],
    ]),
    downloads(download("JSON", `${one.id}.json`, `/incidents/${one.id}`), download("PDF", `${one.id}.pdf`, `/incidents/${one.id}/pdf`))));
}

function deadline({ due, met, overdue }) {
  const words = t(met ? "in_met" : "in_due", { due: time(due), met: time(met) });
  return overdue ? h("span", { class: "bad" }, words, " ", t("in_late")) : words;
}

export async function refusalsRoom() {
  const found = await read("/refusals");
  if (!found.jurisdictions.length) return [h("p", {}, t("in_no_decision"))];
  return [
    h("p", { class: "aside" }, t("in_counted", { n: found.entries, from: time(found.first), to: time(found.last) })),
    table(t("in_by_law"), [[t("in_jurisdiction"), null], [t("in_questions"), "n"], [t("in_with_help"), "n"], [t("in_refused_n"), "n"], [t("in_share"), "n"], [t("in_prompts"), "n"], [t("in_prompts_refused"), "n"]],
      found.jurisdictions.map((one) => [jurisdictionName(one.jurisdiction), number(one.questions), number(one.care), number(one.refused),
        one.questions ? percent(one.refused / one.questions) : "", number(one.prompts), number(one.prompts_refused)])),
    found.refusals.length
      ? table(t("in_by_rule"), [[t("in_jurisdiction"), null], [t("in_rule"), "text"], [t("in_statute"), "text"], [t("in_questions"), "n"], [t("in_prompts"), "n"], [t("in_last"), "time"]],
        found.refusals.map((one) => [jurisdictionName(one.jurisdiction), one.rule, one.statute, number(one.questions), number(one.prompts), time(one.last)]))
      : h("p", {}, t("in_no_refusal")),
  ];
}

/** A question to the page that everybody has, in a tab that knows nothing of the key. */
export async function askRoom() {
  const question = h("textarea", { id: "question", maxlength: 10_000, required: true, "aria-describedby": "ask-hint" });
  const go = (event) => {
    event.preventDefault();
    window.open(`/#${new URLSearchParams({ ask: question.value.trim() })}`, "_blank", "noopener,noreferrer");
  };
  return [
    h("p", { id: "ask-hint", class: "aside" }, t("in_ask_text")),
    h("form", { class: "line", onsubmit: go }, h("label", { class: "hidden", for: "question" }, t("question")), question,
      h("button", { type: "submit", class: "primary" }, t("ask"))),
  ];
}
