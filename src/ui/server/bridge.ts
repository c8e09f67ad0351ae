// Forwards the page's requests to an engine: `/engine/NAME/PATH`. Status, body and content type pass unchanged.
import { ApiError, type Connection } from "../../client/index.ts";
import { refusal, secure } from "./answers.ts";

const PREFIX = /^\/(?:engine|stream)\/([^/]+)(\/.*)$/;

export interface EnginePath {
  engine: string;
  /** Path of the engine's API, without a version. */
  path: string;
}

/** Parses an address of the bridge; undefined for any other. */
export function enginePathOf({ pathname }: URL): EnginePath | undefined {
  const [, engine, path] = PREFIX.exec(pathname) ?? [];
  if (engine === undefined || path === undefined) return undefined;
  // The bridge chooses the version. An encoded or doubled slash could be another path to the engine than to the list of
  // readable paths; URLs are already free of "..".
  if (/^\/v\d/.test(path) || /%(?:2f|5c|00)|\\|\/\//i.test(path)) return undefined;
  try {
    return { engine: decodeURIComponent(engine), path };
  } catch {
    return undefined;
  }
}

/** Headers that are forwarded. */
const requestHeaders = ["content-type", "x-registry-auth", "x-registry-config"];
const answerHeaders = ["content-type", "x-docker-container-path-stat"];

export async function forward(connection: Connection, request: Request, path: string): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(searchParams.keys())) query[name] = searchParams.getAll(name);
  const headers: Record<string, string> = {};
  for (const name of requestHeaders) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  try {
    const answer = await connection.send(request.method, path, {
      query,
      headers,
      ...(request.body ? { body: request.body } : {}),
      signal: request.signal,
    });
    return new Response(answer.body, { status: answer.status, headers: answerHeadersOf(answer, path) });
  } catch (thrown) {
    if (thrown instanceof ApiError) return refusal(thrown.status, thrown.message);
    return refusal(502, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function answerHeadersOf(answer: Response, path: string): Headers {
  const headers = secure(new Headers());
  for (const name of answerHeaders) {
    const value = answer.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  // The browser must never render files of containers and images itself.
  const isJson = headers.get("content-type")?.startsWith("application/json") ?? false;
  if (!isJson) headers.set("content-disposition", "attachment");
  if (!isJson && !path.startsWith("/events")) headers.set("content-type", "application/octet-stream");
  return headers;
}
