// The inspectors' page: a key opens five rooms, each read from the service and none of them writing.

import { ServiceError } from "../api.js";
import { $, announce, h } from "../dom.js";
import { current, setLanguage, t, translate } from "../i18n.js";
import { keep, key, read } from "./api.js";
import { askRoom, incidentsRoom, logRoom, modelRoom, refusalsRoom } from "./rooms.js";
import "./strings.js";

let overview = null;

const ROOMS = { model: modelRoom, log: logRoom, incidents: incidentsRoom, refusals: refusalsRoom, ask: askRoom };

/** What an error says to an inspector; what is no answer of the service is a fault of this page, and is thrown. */
function said(error) {
  if (!(error instanceof ServiceError)) throw error;
  const known = { inspector_key_unknown: "in_key_unknown", inspector_key_over: "in_key_over", inspector_key_missing: "in_key_unknown" };
  return error.code in known ? t(known[error.code]) : error.message;
}

async function draw(id) {
  const body = $(id).querySelector("div");
  body.replaceChildren(h("p", { class: "aside" }, t("in_reading")));
  try {
    const nodes = await ROOMS[id](overview);
    body.replaceChildren(...nodes.filter(Boolean));
  } catch (error) {
    body.replaceChildren(h("p", { class: "notice trouble" }, error.status === 404 ? t("in_nothing") : said(error)));
  }
}

async function open() {
  $("trouble").hidden = true;
  try {
    overview = await read("");
  } catch (error) {
    const words = said(error);
    leave();
    $("trouble").textContent = words;
    $("trouble").hidden = false;
    return;
  }
  $("enter").hidden = true;
  $("leave").hidden = false;
  $("rooms").hidden = false;
  drawHeader();
  await Promise.all(Object.keys(ROOMS).map(draw));
}

function leave() {
  keep("");
  overview = null;
  for (const id of Object.keys(ROOMS)) $(id).querySelector("div").replaceChildren();
  $("key").value = "";
  $("enter").hidden = false;
  $("leave").hidden = true;
  $("rooms").hidden = true;
  drawHeader();
  $("key").focus();
}

function drawHeader() {
  document.title = `${t("in_title")} – TruthGPT`;
  const facts = overview ? [t("in_who", { who: overview.inspector, until: overview.expires.slice(0, 10) }), t("in_reads")] : [t("in_reads")];
  $("imprint").replaceChildren(...facts.map((fact) => h("span", {}, fact)));
  $("language").value = current();
}

$("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = $("key").value.trim();
  $("key").value = "";
  // A key has letters, digits and signs of ASCII alone; a header could not carry others.
  keep(/^[\x21-\x7e]+$/.test(given) ? given : "?");
  open();
});
$("leave").addEventListener("click", () => {
  leave();
  announce(t("in_left"));
});
$("language").addEventListener("change", () => setLanguage($("language").value));
document.addEventListener("language", () => {
  drawHeader();
  if (overview) for (const id of Object.keys(ROOMS)) draw(id);
});

translate();
drawHeader();
if (key()) open();
