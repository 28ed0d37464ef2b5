// The service over HTTP: one place for its addresses, its key and its errors.

import { memory } from "./dom.js";
import { t } from "./i18n.js";
import { readEvents } from "./sse.js";

/** What went wrong, in one line that a reader can be shown; `status` is 0 where nothing was received. `code` and `position`
    are the service's, where it says them. */
export class ServiceError extends Error {
  constructor(message, status = 0, { code = null, position = null } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.position = position;
  }
}

const IDENTITY = "TruthGPT-Identity";

let askForKey = async () => null;
let declined = 0; // how often the reader gave no key

/** Sets what asks the reader for the API key: an async function that gives the key, or null when they decline. */
export function onKeyNeeded(ask) {
  askForKey = ask;
}

async function errorOf(response) {
  try {
    const { error, detail } = await response.json();
    const message = typeof error === "string" ? error : (error?.message ?? detail);
    if (typeof message === "string" && message) return new ServiceError(message, response.status, error?.message ? error : {});
  } catch {
    // Not JSON: a proxy's own page, say. The status alone is told.
  }
  return new ServiceError(t("error_status", { status: response.status }), response.status);
}

async function call(path, options = {}) {
  const before = declined;
  for (;;) {
    const key = memory.get("key", "sessionStorage");
    const headers = { ...options.headers, ...(key ? { Authorization: `Bearer ${key}` } : {}) };
    let response;
    try {
      response = await fetch(path, { ...options, headers, credentials: "same-origin" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ServiceError(t("error_network"));
    }
    if (response.ok) return response;
    // Only this 401 is about the key; another is about who the reader is.
    if (response.status !== 401 || !/^bearer/i.test(response.headers.get("WWW-Authenticate") ?? "")) throw await errorOf(response);
    // Another call may have been given a key, or been denied one, while this one was on its way: nobody is asked twice.
    const known = memory.get("key", "sessionStorage");
    const fresh = known && known !== key;
    if (!fresh && declined !== before) throw new ServiceError(t("error_key"), 401);
    const given = fresh ? known : await askForKey(Boolean(key));
    if (!given) {
      declined += 1;
      throw new ServiceError(t("error_key"), 401);
    }
    memory.set("key", given, "sessionStorage");
  }
}

async function json(path, options) {
  const response = await call(path, options);
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServiceError(t("error_reply"));
  }
}

/** What serves: version, model, quotes_only, posts, demo, corpus_version, jurisdictions, inspection, log. */
export const status = () => json("/v1/status");

function parametersOf(query, filters) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ q: query, ...filters })) if (value) parameters.set(name, value);
  return parameters;
}

/** Posts for a query; `filters` holds community, author, language, since, until, limit and cursor (empty ones are left out). */
export function search(query, filters, signal) {
  return json(`/v1/search?${parametersOf(query, filters)}`, { signal });
}

/** How posts for a query, which may be empty, are spread over time and communities; `filters` as for `search`. */
export function trends(query, filters, signal) {
  return json(`/v1/trends?${parametersOf(query, filters)}`, { signal });
}

/** Tells which of the posts that were shown for a query were opened; whether it arrives is nobody's concern. */
export function clicked(query, shown, ids) {
  const body = { query, shown, clicked: ids };
  call("/v1/clicks", { ...sent("POST", null, body), keepalive: true }).catch(() => {});
}

/** The address of the Atom feed of a query. */
export const feed = (query, filters) => `/v1/search.atom?${parametersOf(query, filters)}`;

/** As whom a request is made: the secret of an identity, or none. */
const as = (secret) => (secret ? { [IDENTITY]: secret } : {});

const sent = (method, secret, body) => ({
  method,
  headers: { ...as(secret), ...(body ? { "Content-Type": "application/json" } : {}) },
  ...(body ? { body: JSON.stringify(body) } : {}),
});

const noteAt = (id) => `/v1/notes/${encodeURIComponent(id)}`;

/** A new identity: `id`, which others see, and `secret`, which is told this once. */
export const newIdentity = () => json("/v1/identities", sent("POST"));

/** The notes on a post, those that stand with it first; with `secret`, each with what its holder made of it. */
export const notesOn = async (postId, secret) =>
  (await json(`/v1/notes?${new URLSearchParams({ post_id: postId })}`, { headers: as(secret) })).notes;

/** Publishes a note and gives it; `note` has post_id, classification and text. */
export const writeNote = (note, secret) => json("/v1/notes", sent("POST", secret, note));

/** Deletes a note of the holder of `secret`. */
export const deleteNote = (id, secret) => call(noteAt(id), sent("DELETE", secret));

/** Rates a note, in place of a rating before, and gives it; `rating` has level and tags. */
export const rateNote = (id, rating, secret) => json(`${noteAt(id)}/rating`, sent("PUT", secret, rating));

/** Takes a rating back. */
export const unrateNote = (id, secret) => call(`${noteAt(id)}/rating`, sent("DELETE", secret));

/** The events of an answer, in order, each with its `event` name. Throws ServiceError; aborting throws AbortError. */
export async function* ask(question, jurisdiction, signal) {
  const response = await call("/v1/ask", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify(jurisdiction ? { question, jurisdiction } : { question }),
    signal,
  });
  try {
    for await (const { event, data } of readEvents(response.body)) {
      const value = JSON.parse(data);
      if (event === "error") {
        throw new ServiceError(typeof value.error === "string" ? value.error : (value.error?.message ?? t("error_reply")), 0, value);
      }
      yield { ...value, event };
    }
  } catch (error) {
    if (error instanceof ServiceError || error.name === "AbortError") throw error;
    throw new ServiceError(error instanceof TypeError ? t("error_network") : t("error_reply"));
  }
}
