// The page's language: its words, its numbers and its dates.

import { memory } from "./dom.js";
import { strings } from "./strings.js";

const LOCALES = { en: "en", pt: "pt-BR", zh: "zh-Hans" };
const wanted = navigator.languages ?? [navigator.language];

function preferred() {
  return [memory.get("language"), ...wanted].map((tag) => (tag ?? "").slice(0, 2).toLowerCase()).find((tag) => tag in strings) ?? "en";
}

let language = preferred();

/** `en`, `pt` or `zh`. */
export const current = () => language;

/** Changes the language, remembers it and tells the page by a `language` event on the document. */
export function setLanguage(tag) {
  language = tag in strings ? tag : "en";
  memory.set("language", language);
  translate();
  document.dispatchEvent(new Event("language"));
}

/** The words of `key`, with `{name}` replaced; a key with forms is chosen by the plural of `n`. */
export function t(key, values = {}) {
  const entry = strings[language][key];
  const form = typeof entry === "string" ? entry : (entry[new Intl.PluralRules(LOCALES[language]).select(values.n)] ?? entry.other);
  return form.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? number(value) : value;
  });
}

// Numbers and dates as the reader's own country writes the chosen language: en-GB says the day first.
const locale = () => wanted.find((tag) => tag.startsWith(language)) ?? LOCALES[language];

/** A number as readers of the language write it. */
export const number = (value, digits) =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

/** A share in [0, 1] as a percentage. */
export const percent = (share) =>
  new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(share);

/** A time in seconds, told in milliseconds below one. */
export const seconds = (value) =>
  value < 1 ? t("milliseconds", { time: Math.max(1, Math.round(value * 1000)) }) : t("seconds", { time: number(value, 1) });

/** A post's time, in the reader's language and time zone; long with the hour, or the day alone. */
export function date(iso, long = false) {
  const when = new Date(iso ?? NaN);
  if (Number.isNaN(when.getTime())) return t("no_date");
  const format = long ? { dateStyle: "long", timeStyle: "short" } : { dateStyle: "medium" };
  return new Intl.DateTimeFormat(locale(), format).format(when);
}

const PERIODS = {
  hour: { dateStyle: "medium", timeStyle: "short" },
  day: { dateStyle: "medium" },
  week: { dateStyle: "medium" },
  month: { year: "numeric", month: "short" },
  year: { year: "numeric" },
};

/** When a period of the service's trends begins, by its `interval`; periods are of UTC. */
export const period = (iso, interval) =>
  new Intl.DateTimeFormat(locale(), { ...PERIODS[interval], timeZone: "UTC" }).format(new Date(iso));

/** The name of a language, by its ISO 639-1 code. */
export const languageName = (code) => new Intl.DisplayNames([LOCALES[language]], { type: "language" }).of(code);

/** The name of a jurisdiction: `open`, or a country's code. */
export function jurisdictionName(code) {
  if (code === "open") return t("law_open");
  try {
    return new Intl.DisplayNames([LOCALES[language]], { type: "region" }).of(code.toUpperCase());
  } catch {
    return code; // not a country's code; the server knows what it means
  }
}

/** Confidence in words and number: "likely, 0.82". */
export function confidence(value) {
  const steps = [
    [0.95, "sure_5"],
    [0.85, "sure_4"],
    [0.7, "sure_3"],
    [0.5, "sure_2"],
    [-Infinity, "sure_1"],
  ];
  const [, word] = steps.find(([least]) => value >= least);
  return t("confidence", { word: t(word), value: number(value, 2) });
}

/** Puts the language's words into the elements that name them by `data-t`, `data-t-label` and `data-t-placeholder`. */
export function translate() {
  document.documentElement.lang = LOCALES[language];
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
  for (const element of document.querySelectorAll("[data-t-placeholder]")) element.placeholder = t(element.dataset.tPlaceholder);
}
