// The page's start: the header, the address bar, the keyboard, and the dialog for a key.

import * as api from "./api.js";
import { setService, startAsk, visit as visitQuestion } from "./ask.js";
import { setKept } from "./clicks.js";
import { $, h, memory } from "./dom.js";
import { current, date, setLanguage, t, translate } from "./i18n.js";
import { startPanel } from "./panel.js";
import { startSearch, visit as visitSearch } from "./search.js";

let service = null;
let trouble = "";
let looking = 0; // the timer that looks whether a pause has ended

const LOOK_AGAIN = 5_000; // milliseconds

const UNLOGGED = { off: "log_off", failed: "log_failed" };
const UNCERTIFIED = { uninspected: "not_inspected", refused: "certificate_over" };

/** Who inspected the model, and until when that holds; null where nobody did. */
function certified() {
  const { state, inspector, expires } = service.inspection ?? {};
  return state === "certified" ? t("certified", { who: inspector, until: expires.slice(0, 10) }) : null;
}

function drawHeader() {
  const facts = service
    ? [t("posts", { n: service.posts }), service.quotes_only ? t("no_model") : service.model, service.demo ? t("demo") : null, certified()]
    : [trouble];
  $("imprint").replaceChildren(...facts.filter(Boolean).map((fact) => h("span", {}, fact)));
  $("quotes-only").hidden = !service?.quotes_only;
  $("quotes-only").replaceChildren(t("quotes_1"), h("code", {}, "truthgpt model pull"), t("quotes_2"));
  const state = service?.quotes_only ? "no model" : service?.inspection?.state;
  $("inspection").hidden = !(state in UNCERTIFIED);
  $("inspection").textContent = state in UNCERTIFIED ? t(UNCERTIFIED[state]) : "";
  const log = service?.log?.state;
  $("log").hidden = !(log in UNLOGGED);
  $("log").textContent = log in UNLOGGED ? t(UNLOGGED[log]) : "";
  const paused = service?.paused;
  $("paused").hidden = !paused;
  $("paused").textContent = paused ? t("paused", { when: date(paused.since, true), reason: paused.reason }) : "";
  const dark = isDark();
  $("theme").textContent = t(dark ? "light" : "dark");
  $("theme").title = t(dark ? "to_light" : "to_dark");
  $("language").value = current();
}

async function loadStatus() {
  try {
    const first = !service;
    service = await api.status();
    trouble = "";
    if (first) setService(service);
    setKept(service.clicks);
  } catch (error) {
    if (!(error instanceof api.ServiceError)) throw error;
    trouble = error.message;
  }
  clearTimeout(looking);
  if (service?.paused) looking = setTimeout(loadStatus, LOOK_AGAIN);
  drawHeader();
}

const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : systemDark.matches;
}

function startHeader() {
  $("theme").addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    memory.set("theme", theme);
    drawHeader();
  });
  systemDark.addEventListener("change", drawHeader);
  $("language").addEventListener("change", () => setLanguage($("language").value));
  document.addEventListener("language", drawHeader);
}

/** Shows what the address names: `#ask=…&law=…`, or `#search=…` with its filters. */
function route() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const searching = parameters.has("search");
  $("ask-view").hidden = searching;
  $("search-view").hidden = !searching;
  for (const [link, here] of [["to-ask", !searching], ["to-search", searching]]) {
    if (here) $(link).setAttribute("aria-current", "page");
    else $(link).removeAttribute("aria-current");
  }
  const question = (parameters.get("ask") ?? "").trim().slice(0, 10_000);
  const words = (parameters.get("search") ?? "").trim();
  document.title = [searching ? words : question, "TruthGPT"].filter(Boolean).join(" – ");
  if (searching) visitSearch(parameters);
  else if (question) visitQuestion(question, parameters.get("law") ?? "");
}

function startAddress() {
  window.addEventListener("hashchange", () => {
    const parameters = new URLSearchParams(location.hash.slice(1));
    route();
    if (!parameters.get("ask") && !parameters.get("search")) focusBox();
  });
  startAsk((question, law) => {
    const parameters = new URLSearchParams(law ? { ask: question, law } : { ask: question });
    // pushState tells no hashchange: the question is being asked already.
    history.pushState(null, "", `#${parameters}`);
    document.title = `${question} – TruthGPT`;
  });
  startSearch((parameters) => {
    if (location.hash === `#${parameters}`) route();
    else location.hash = parameters;
  });
}

function focusBox() {
  ($("search-view").hidden ? $("question") : $("query")).focus();
}

function startKeyboard() {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog:modal")) return;
    event.preventDefault();
    focusBox();
  });
}

let keyAsked = null; // the dialog that is open, shared by all calls that wait for a key

function askForKey(wrong) {
  keyAsked ??= new Promise((resolve) => {
    const dialog = $("key-dialog");
    const before = document.activeElement;
    let given = null;
    $("key").value = "";
    dialog.querySelector("p").textContent = t(wrong ? "key_wrong" : "key_text");
    const take = () => {
      given = $("key").value.trim() || null;
    };
    $("key-form").addEventListener("submit", take, { once: true });
    dialog.addEventListener(
      "close",
      () => {
        $("key-form").removeEventListener("submit", take);
        keyAsked = null;
        before?.focus?.();
        resolve(given);
      },
      { once: true },
    );
    dialog.showModal();
    $("key").focus();
  });
  return keyAsked;
}

translate();
startHeader();
startPanel();
startAddress();
startKeyboard();
document.addEventListener("paused", loadStatus);
api.onKeyNeeded(askForKey);
$("key-cancel").addEventListener("click", () => $("key-dialog").close());
drawHeader();
route();
loadStatus();
