// Requests to the selected engine through the bridge.
import { type Signal, signal } from "@preact/signals";
import type { ContextAnswer, ContextQuestion } from "../../wire/context.ts";
import type { SessionAnswer, SignIn, SignInNeeded } from "../../wire/session.ts";

/** Undefined until the sign-in state is known. */
export const session = signal<SessionAnswer | undefined>(undefined);
/** Set while the browser is not signed in. */
export const signInNeeded = signal<SignInNeeded | undefined>(undefined);
/** Name of the selected engine. */
export const currentEngine = signal("");

/** A list of the engine's objects; undefined until loaded, also after switching the engine. */
export function engineList<T>(): Signal<readonly T[] | undefined> {
  const list = signal<readonly T[] | undefined>(undefined);
  currentEngine.subscribe(() => {
    list.value = undefined;
  });
  return list;
}

export type QueryValue = string | number | boolean | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

/** The engine or the bridge rejected a request; the message is theirs. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @param query values, or pairs of names and values where a name has several */
export function addressOf(kind: "engine" | "stream", path: string, query: Query | readonly string[][] = {}): string {
  const parameters = new URLSearchParams(isPairs(query) ? query.map((pair) => [...pair]) : definedValues(query));
  const text = parameters.size === 0 ? "" : `?${parameters}`;
  return `/${kind}/${encodeURIComponent(currentEngine.value)}${path}${text}`;
}

const isPairs = (query: Query | readonly string[][]): query is readonly string[][] => Array.isArray(query);

function definedValues(query: Query): [string, string][] {
  return Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === false ? [] : [[name, value === true ? "1" : String(value)]],
  );
}

export interface RequestOptions {
  query?: Query;
  json?: unknown;
  body?: Blob;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** @throws RequestError */
export async function request(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
  const { query, json, body, headers, signal } = options;
  const response = await connected(addressOf("engine", path, query), {
    method,
    headers: { ...headers, ...(json === undefined ? {} : { "content-type": "application/json" }) },
    body: json === undefined ? (body ?? null) : JSON.stringify(json),
    signal: signal ?? null,
  }).catch((thrown: unknown) => {
    if (thrown instanceof DOMException && thrown.name === "AbortError") throw thrown;
    throw new RequestError(0, thrown instanceof Error ? thrown.message : String(thrown));
  });
  if (response.ok) return response;
  const message = await messageOf(response);
  if (response.status === 401) void loadSession();
  throw new RequestError(response.status, message);
}

/** Browsers abort connection attempts when network interfaces change, as they do for each container. */
export const CONNECT_TRIES = 4;
export const RETRY_MILLISECONDS = 250;

/** Like `fetch`; read-only requests are retried when the connection fails. */
async function connected(address: string, options: RequestInit): Promise<Response> {
  for (let tries = 1; ; tries++) {
    try {
      return await fetch(address, options);
    } catch (thrown) {
      const isRead = ["GET", "HEAD"].includes(options.method ?? "GET");
      if (!isRead || tries >= CONNECT_TRIES || options.signal?.aborted) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
    }
  }
}

/** The answer's JSON in the form that the API documents. */
export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  const response = await request("GET", path, { ...(query && { query }), ...(signal && { signal }) });
  const answer: T = await response.json();
  return answer;
}

export async function post<T>(path: string, options: RequestOptions = {}): Promise<T | undefined> {
  const response = await request("POST", path, options);
  const text = await response.text();
  if (text === "" || !(response.headers.get("content-type") ?? "").includes("json")) return undefined;
  const answer: T = JSON.parse(text);
  return answer;
}

export async function remove(path: string, query?: Query): Promise<void> {
  await request("DELETE", path, query && { query });
}

/** The `filters` parameter of lists. */
export function filters(values: Readonly<Record<string, readonly string[]>>): string {
  return JSON.stringify(values);
}

/** Checks whether the browser is signed in; redeems a token in the address first. */
export async function loadSession(): Promise<void> {
  const token = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (token !== undefined) {
    history.replaceState(null, "", location.pathname);
    if (
      await signIn({ token }).then(
        () => true,
        () => false,
      )
    )
      return;
  }
  const response = await connected("/session", {});
  if (response.ok) accept(await response.json());
  else {
    signInNeeded.value = await response.json();
    session.value = undefined;
  }
}

/** @throws RequestError */
export async function signIn(credentials: SignIn): Promise<void> {
  const response = await fetch("/session", { method: "POST", body: JSON.stringify(credentials) });
  if (!response.ok) throw new RequestError(response.status, await messageOf(response));
  accept(await response.json());
}

/** The files of a directory that belong to a build context. @throws RequestError for an invalid pattern */
export async function askContext(question: ContextQuestion): Promise<ContextAnswer> {
  const response = await fetch("/context", { method: "POST", body: JSON.stringify(question) });
  if (!response.ok) throw new RequestError(response.status, await messageOf(response));
  const answer: ContextAnswer = await response.json();
  return answer;
}

export async function signOut(): Promise<void> {
  await fetch("/session", { method: "DELETE" });
  await loadSession();
}

function accept(answer: SessionAnswer): void {
  const kept = sessionStorage.getItem("engine") ?? "";
  currentEngine.value = answer.engines.includes(kept) ? kept : answer.current;
  signInNeeded.value = undefined;
  session.value = answer;
}

export function chooseEngine(name: string): void {
  sessionStorage.setItem("engine", name);
  currentEngine.value = name;
}

async function messageOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "message" in body) return String(body.message);
  } catch {
    // The text itself is the error message.
  }
  return text.trim() || `${response.status} ${response.statusText}`;
}
