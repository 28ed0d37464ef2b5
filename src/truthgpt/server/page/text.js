// Pure functions over the text of posts: passages by code points, words of a query, links that are safe to follow.

const WORD = /\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}])+/gu;
const COMMON = new Set(
  ("the and for are was were with that this from what when where which who why how does did has have had can could should would " +
    "que uma com para por dos das nos nas qual quais quando onde quem como foi ser está").split(" "),
);

/** The UTF-16 index of the `points`-th Unicode code point of `text`, at most its length. */
export function indexOfPoint(text, points) {
  let index = 0;
  for (let point = 0; point < points && index < text.length; point += 1) {
    index += text.codePointAt(index) > 0xffff ? 2 : 1;
  }
  return index;
}

/** `text` cut at a passage of [start, end) code points: what stands before, the passage, what stands after. */
export function cutPassage(text, passage) {
  const [start, end] = Array.isArray(passage) ? passage : [0, 0];
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end <= start) return ["", "", text];
  const from = indexOfPoint(text, start);
  const to = from + indexOfPoint(text.slice(from), end - start);
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}

/** At most `points` code points of `text`, with an ellipsis where it was cut. */
export function shorten(text, points) {
  const flat = text.replace(/\s+/gu, " ").trim();
  const index = indexOfPoint(flat, points);
  return index < flat.length ? `${flat.slice(0, index).trimEnd()}…` : flat;
}

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function termsOf(query) {
  const words = [];
  const pairs = new Set();
  for (const [word] of query.matchAll(WORD)) {
    if (/\p{Script=Han}/u.test(word)) {
      const signs = [...word];
      if (signs.length === 1) pairs.add(word);
      for (let at = 0; at + 1 < signs.length; at += 1) pairs.add(signs[at] + signs[at + 1]);
    } else {
      const folded = fold(word);
      if ((folded.length > 2 || /\p{N}/u.test(folded)) && !COMMON.has(word.toLowerCase())) words.push(folded);
    }
  }
  return { words: words.slice(0, 64), pairs };
}

// "telescope" also marks "telescopes", "vacina" also "vacinas": one ending may differ, by up to three letters.
const related = (word, term) =>
  word === term ||
  (term.length >= 4 && word.length - term.length <= 3 && word.startsWith(term.length > 4 ? term.slice(0, -1) : term));

/** `text` as segments `{text, hit}` in order, `hit` where it holds words of `query`; case, accents and endings may differ. */
export function markWords(text, query) {
  const { words, pairs } = termsOf(query);
  const spans = [];
  for (const match of text.matchAll(WORD)) {
    const [word] = match;
    if (/\p{Script=Han}/u.test(word)) {
      for (const pair of pairs) {
        for (let at = word.indexOf(pair); at >= 0; at = word.indexOf(pair, at + 1)) {
          spans.push([match.index + at, match.index + at + pair.length]);
        }
      }
    } else {
      const folded = fold(word);
      if (words.some((term) => related(folded, term))) spans.push([match.index, match.index + word.length]);
    }
  }
  spans.sort((a, b) => a[0] - b[0]);
  const segments = [];
  let end = 0;
  for (const [from, to] of spans) {
    if (to <= end) continue;
    const start = Math.max(from, end);
    const last = segments.at(-1);
    if (start > end) segments.push({ text: text.slice(end, start), hit: false });
    if (last?.hit && start === end) last.text += text.slice(start, to);
    else segments.push({ text: text.slice(start, to), hit: true });
    end = to;
  }
  if (end < text.length) segments.push({ text: text.slice(end), hit: false });
  return segments;
}

/** The part of `text` around its first word of `query`, about `length` UTF-16 units, cut between words. */
export function excerpt(text, query, length = 360) {
  if (text.length <= length) return text;
  const segments = markWords(text, query);
  let first = 0;
  if (segments.some((segment) => segment.hit)) {
    for (const segment of segments) {
      if (segment.hit) break;
      first += segment.text.length;
    }
  }
  let from = first > 120 ? first - 80 : 0;
  if (from > 0) from += Math.max(0, text.slice(from, first).search(/\s/u) + 1);
  let to = Math.min(text.length, from + length);
  // Never between the two halves of a character beyond U+FFFF.
  if (/[\uDC00-\uDFFF]/.test(text[from] ?? "")) from += 1;
  if (/[\uDC00-\uDFFF]/.test(text[to] ?? "")) to += 1;
  return `${from > 0 ? "… " : ""}${text.slice(from, to).trim()}${to < text.length ? " …" : ""}`;
}

/** The address when it is http or https, else null: a post may carry `javascript:` and worse. */
export function safeLink(address) {
  try {
    const url = new URL(address);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

// What turns the direction of the text after it: with it an address could be made to read as another.
const TURNING = /[\u202A-\u202E\u2066-\u2069]/gu;
// Up to a space, a quotation mark or a sign of a script that puts no spaces around an address.
const ADDRESS = /https?:\/\/[^\s<>"“”«»\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303F\uFF00-\uFFEF]+/giu;

/** `address` without the punctuation of the sentence around it; a closing bracket stays where it was opened in the address. */
function trimAddress(address) {
  let end = address.length;
  let unopened = (address.match(/\)/g)?.length ?? 0) - (address.match(/\(/g)?.length ?? 0);
  for (; end > 0; end -= 1) {
    const last = address[end - 1];
    if (last === ")" && unopened > 0) unopened -= 1;
    else if (!/[.,;:!?'’…\]}*_]/u.test(last)) break;
  }
  return address.slice(0, end);
}

/** Text as segments `{text, href}` in order: `href` is an http or https address, or null. An address that hides where it leads,
    as `https://bank.example@other.example` does, stays text; a link's text names its host as the network knows it. */
export function linkParts(text) {
  const plain = text.replace(TURNING, "");
  const parts = [];
  let end = 0;
  for (const match of plain.matchAll(ADDRESS)) {
    const address = trimAddress(match[0]);
    const href = safeLink(address);
    const url = href && new URL(href);
    if (!url || url.username || url.password) continue;
    if (match.index > end) parts.push({ text: plain.slice(end, match.index), href: null });
    parts.push({ text: `${url.origin}${address.replace(/^https?:\/\/[^/\\?#]*/iu, "")}`, href });
    end = match.index + address.length;
  }
  if (end < plain.length) parts.push({ text: plain.slice(end), href: null });
  return parts;
}

/** The first `points` code points of segments with `text`, with an ellipsis where they were cut. */
export function cutParts(parts, points) {
  const kept = [];
  let left = points;
  for (const part of parts) {
    const index = indexOfPoint(part.text, left);
    if (index < part.text.length) return [...kept, { ...part, text: `${part.text.slice(0, index).trimEnd()}…` }];
    kept.push(part);
    left -= [...part.text].length;
  }
  return kept;
}
