// Who writes and rates: a random identity whose secret stays in this browser, or nobody where a proxy signs people in.

import { newIdentity } from "./api.js";
import { memory } from "./dom.js";

let signedInElsewhere = false; // the server takes no identities of this kind
let coming = null; // the identity that is being made, shared by all that wait for it

/** The reader's identity, `{id, secret}`, or null before the first note or rating. */
export function identity() {
  if (signedInElsewhere) return null;
  try {
    const { id, secret } = JSON.parse(memory.get("identity") ?? "");
    return typeof id === "string" && typeof secret === "string" && secret ? { id, secret } : null;
  } catch {
    return null;
  }
}

/** Whether the server knows people by other means than identities; false until it said so. */
export const isSignedInElsewhere = () => signedInElsewhere;

/** Leaves the identity behind: nobody can change or delete what it wrote. */
export const forgetIdentity = () => memory.set("identity", "");

async function make() {
  try {
    const made = await newIdentity();
    memory.set("identity", JSON.stringify({ id: made.id, secret: made.secret }));
    return made.secret;
  } catch (error) {
    if (error.status !== 403) throw error;
    signedInElsewhere = true;
    return "";
  }
}

function made() {
  coming ??= make().finally(() => {
    coming = null;
  });
  return coming;
}

/** Where an identity is refused the server may sign people in by itself: what then works without is done without. */
async function without(request, refusal) {
  try {
    const result = await request("");
    signedInElsewhere = true;
    return result;
  } catch {
    throw refusal;
  }
}

/** Reads by `request(secret)`; an identity that the server refuses is no reason not to read. */
export async function asReader(request) {
  const secret = identity()?.secret ?? "";
  try {
    return await request(secret);
  } catch (error) {
    if (secret && error.status === 401) return request("");
    if (secret && error.status === 403) return without(request, error);
    throw error;
  }
}

/** Writes by `request(secret)`, with an identity that is made if there is none, and made anew, once, if the server does not know it. */
export async function asWriter(request) {
  const secret = signedInElsewhere ? "" : (identity()?.secret ?? (await made()));
  try {
    return await request(secret);
  } catch (error) {
    if (secret && error.status === 401) return request(await made());
    if (secret && error.status === 403) return without(request, error);
    throw error;
  }
}
