// What inspectors read, over HTTP: with their key, which this tab alone keeps and which never stands in an address.

import { memory } from "../dom.js";
import { t } from "../i18n.js";
import { ServiceError } from "../api.js";

const KEY = "inspector";

/** The key that was given in this tab, or "". */
export const key = () => memory.get(KEY, "sessionStorage") ?? "";

/** Keeps a key until the tab is closed; "" forgets it. */
export const keep = (given) => memory.set(KEY, given, "sessionStorage");

async function call(path) {
  let response;
  try {
    response = await fetch(`/v1/oversight${path}`, { headers: { Authorization: `Bearer ${key()}` }, credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new ServiceError(t("error_network"));
  }
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({}));
  throw new ServiceError(error?.message ?? t("error_status", { status: response.status }), response.status, error ?? {});
}

/** JSON from below /v1/oversight. Throws ServiceError. */
export const read = async (path) => (await call(path)).json();

/** A file from below /v1/oversight, as a Blob. Throws ServiceError. */
export const file = async (path) => (await call(path)).blob();
