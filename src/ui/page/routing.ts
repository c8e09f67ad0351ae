// The page's addresses: `#/containers/ID?tab=logs`. Bookmarks and the browser's history work.
import { signal } from "@preact/signals";

export interface Route {
  /** "containers" */
  page: string;
  /** The decoded rest: an ID or a name. */
  rest: readonly string[];
  query: URLSearchParams;
}

export const route = signal(read());

window.addEventListener("hashchange", () => {
  route.value = read();
});

function read(): Route {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [page = "", ...rest] = path.split("/").map(decoded);
  return { page: page === "" ? "overview" : page, rest, query: new URLSearchParams(query) };
}

/** Addresses may be typed by hand: invalid encodings are taken literally. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a place in the page. */
export function linkTo(
  page: string,
  rest: readonly string[] = [],
  query: Readonly<Record<string, string>> = {},
): string {
  const parameters = new URLSearchParams(query);
  const path = [page, ...rest].map(encodeURIComponent).join("/");
  return `#/${path}${parameters.size === 0 ? "" : `?${parameters}`}`;
}

export function go(address: string): void {
  location.hash = address;
}

/** Changes parameters of the current address without a new history entry; "" removes one. */
export function setQuery(changes: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(route.value.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") query.delete(name);
    else query.set(name, value);
  }
  history.replaceState(null, "", linkTo(route.value.page, route.value.rest, Object.fromEntries(query)));
  route.value = read();
}
