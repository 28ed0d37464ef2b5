// The language of queries in the reader's own: what can be typed, and what is wrong with what was.

import { h } from "./dom.js";
import { current } from "./i18n.js";
import { indexOfPoint } from "./text.js";

// What is typed, and what it finds.
const guides = {
  en: [
    ['"dark matter"', "posts with these words, next to each other"],
    ["moon OR mars", "posts with one of the two"],
    ["-moon", "posts without it; also -\"dark matter\", -from:ana"],
    ["moon (landing OR base)", "brackets hold together"],
    ["from:ana in:science", "by this author, in this community"],
    ["lang:pt", "in this language"],
    ["since:2024-05-31 until:2025", "from this day on, before this year"],
    ["min_likes:10", "liked at least so often"],
    ["has:link", "with a link; also has:mention, has:hashtag"],
    ["filter:replies", "replies alone; also quotes, reposts"],
  ],
  pt: [
    ['"matéria escura"', "publicações com estas palavras, uma ao lado da outra"],
    ["lua OR marte", "publicações com uma das duas"],
    ["-lua", "publicações sem ela; também -\"matéria escura\", -from:ana"],
    ["lua (pouso OR base)", "os parênteses mantêm junto"],
    ["from:ana in:ciencia", "deste autor, nesta comunidade"],
    ["lang:pt", "neste idioma"],
    ["since:2024-05-31 until:2025", "a partir deste dia, antes deste ano"],
    ["min_likes:10", "com ao menos tantas curtidas"],
    ["has:link", "com um link; também has:mention, has:hashtag"],
    ["filter:replies", "só respostas; também quotes, reposts"],
  ],
  zh: [
    ['"暗物质"', "包含这些相连文字的帖子"],
    ["月球 OR 火星", "包含其中之一的帖子"],
    ["-月球", "不包含它的帖子；也可写 -\"暗物质\"、-from:ana"],
    ["月球 (登陆 OR 基地)", "括号内为一组"],
    ["from:ana in:science", "此作者，此社区"],
    ["lang:pt", "此语言"],
    ["since:2024-05-31 until:2025", "自该日起，至该年之前"],
    ["min_likes:10", "至少这么多赞"],
    ["has:link", "带链接；也可写 has:mention、has:hashtag"],
    ["filter:replies", "仅回复；也可写 quotes、reposts"],
  ],
};

const wrong = {
  en: {
    long: "The query is too long.", deep: "Too many brackets within each other.", many: "Too many demands.", words: "Too many words in phrases and demands.",
    between: "OR and AND stand between two things; as a word it is written in small letters.",
    before: "NOT stands before something; as a word it is written in small letters.",
    bracket_open: "This bracket is never closed.", bracket_shut: "This bracket closes none.",
    bracket_empty: "There is nothing between these brackets.", quote_open: "This quotation mark has no second one.",
    quote_empty: "There is nothing between these quotation marks.", from: "from: wants an author's name.",
    in: "in: wants a community's name.", lang: "lang: wants a language's code, such as en, pt or zh.",
    since: "since: wants a date, such as 2024-05-31.", until: "until: wants a date, such as 2024-05-31.",
    min_likes: "min_likes: wants a whole number.", has: "has: wants link, mention or hashtag.",
    filter: "filter: wants replies, quotes, reposts or links.",
  },
  pt: {
    long: "A busca é longa demais.", deep: "Há parênteses demais uns dentro dos outros.", many: "Há exigências demais.", words: "Há palavras demais em frases e exigências.",
    between: "OR e AND ficam entre duas coisas; como palavra, escreva em minúsculas.",
    before: "NOT fica antes de algo; como palavra, escreva em minúsculas.",
    bracket_open: "Este parêntese não se fecha.", bracket_shut: "Este parêntese não fecha nenhum.",
    bracket_empty: "Não há nada entre estes parênteses.", quote_open: "Falta fechar estas aspas.",
    quote_empty: "Não há nada entre estas aspas.", from: "from: pede o nome de um autor.",
    in: "in: pede o nome de uma comunidade.", lang: "lang: pede o código de um idioma, como en, pt ou zh.",
    since: "since: pede uma data, como 2024-05-31.", until: "until: pede uma data, como 2024-05-31.",
    min_likes: "min_likes: pede um número inteiro.", has: "has: pede link, mention ou hashtag.",
    filter: "filter: pede replies, quotes, reposts ou links.",
  },
  zh: {
    long: "查询过长。", deep: "括号嵌套过深。", many: "条件过多。", words: "短语和条件中的词过多。",
    between: "OR 和 AND 应位于两项之间；作为单词请用小写。", before: "NOT 后面应有内容；作为单词请用小写。",
    bracket_open: "此括号没有闭合。", bracket_shut: "此括号没有对应的左括号。", bracket_empty: "括号之间没有内容。",
    quote_open: "此引号没有成对。", quote_empty: "引号之间没有内容。", from: "from: 后应为作者名。",
    in: "in: 后应为社区名。", lang: "lang: 后应为语言代码，例如 en、pt、zh。",
    since: "since: 后应为日期，例如 2024-05-31。", until: "until: 后应为日期，例如 2024-05-31。",
    min_likes: "min_likes: 后应为整数。", has: "has: 后应为 link、mention 或 hashtag。",
    filter: "filter: 后应为 replies、quotes、reposts 或 links。",
  },
};

/** The rows of the guide: what can be typed, and what it finds. */
export const guide = () =>
  guides[current()].map(([query, finds]) => [h("dt", {}, h("code", { dir: "ltr" }, query)), h("dd", {}, finds)]);

/** What is wrong with a query, in words; null where the error is not of that kind. */
export function reason({ code, position }) {
  if (!Number.isInteger(position) || !code?.startsWith("query_")) return null;
  return wrong[current()][code.slice("query_".length)] ?? null;
}

/** Where the character at `position` (in code points) begins and ends in `query`, in UTF-16 units. */
export function span(query, position) {
  const at = indexOfPoint(query, position);
  return [at, at + indexOfPoint(query.slice(at), 1)];
}

/** `query` with the character at `position` marked; at its end a place is marked. */
export function pointed(query, position) {
  const [at, end] = span(query, position);
  return h("code", { class: "pointed", dir: "auto" }, query.slice(0, at), h("mark", {}, query.slice(at, end) || "\u00a0"), query.slice(end));
}
