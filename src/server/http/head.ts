// Strict parsing of the head of a request: request line and header fields (RFC 9112).
import { ProtocolError } from "./protocol-error.ts";

/** Bytes of a head, including the request line; queries of builds are long. */
export const HEAD_LIMIT = 128 * 1024;
const FIELD_COUNT_LIMIT = 128;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const TARGET = /^[\x21-\x7e]+$/;

/** How the end of a request's body is determined. */
export type BodyFraming = { type: "length"; length: number } | { type: "chunked" };

export interface RequestHead {
  method: string;
  /** Path and query as sent. */
  target: string;
  minorVersion: 0 | 1;
  /** Names in lower case; fields sent several times are joined by ", ". */
  headers: ReadonlyMap<string, string>;
  framing: BodyFraming;
  /** Whether the client allows the connection to be reused. */
  keepAlive: boolean;
  /** Whether the client waits for "100 Continue" before it sends the body. */
  expectsContinue: boolean;
  /** Whether the client asked to switch protocols on this connection; as for Docker, without `Connection: Upgrade` too. */
  wantsUpgrade: boolean;
}

/** Parses a head without its final empty line. @throws ProtocolError for anything but valid HTTP/1.0 or 1.1 */
export function parseHead(bytes: Buffer): RequestHead {
  const [requestLine = "", ...fieldLines] = bytes.toString("latin1").split("\r\n");
  const { method, target, minorVersion } = parseRequestLine(requestLine);
  const headers = parseFields(fieldLines);
  const connection = listOf(headers.get("connection"));
  return {
    method,
    target,
    minorVersion,
    headers,
    framing: parseFraming(headers, minorVersion),
    keepAlive: minorVersion === 1 ? !connection.includes("close") : connection.includes("keep-alive"),
    expectsContinue: parseExpectation(headers.get("expect")) && minorVersion === 1,
    wantsUpgrade: headers.has("upgrade"),
  };
}

function parseRequestLine(line: string): Pick<RequestHead, "method" | "target" | "minorVersion"> {
  const [method = "", target = "", version = "", ...rest] = line.split(" ");
  if (!TOKEN.test(method) || !TARGET.test(target) || rest.length > 0) {
    throw new ProtocolError(400, "malformed request line");
  }
  if (!/^HTTP\/\d\.\d$/.test(version)) throw new ProtocolError(400, "malformed HTTP version");
  if (version !== "HTTP/1.1" && version !== "HTTP/1.0") {
    throw new ProtocolError(505, `unsupported protocol version: ${version}`);
  }
  return { method, target: originForm(target), minorVersion: version === "HTTP/1.1" ? 1 : 0 };
}

/** Reduces the absolute form that proxies send to path and query. */
function originForm(target: string): string {
  if (target.startsWith("/")) return target;
  const absolute = /^https?:\/\/[^/?#]*([/?].*)?$/i.exec(target);
  if (!absolute) throw new ProtocolError(400, "malformed request target");
  const rest = absolute[1] ?? "/";
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function parseFields(lines: string[]): Map<string, string> {
  if (lines.length > FIELD_COUNT_LIMIT) throw new ProtocolError(431, "the request has too many header fields");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    const value = line.slice(colon + 1).replaceAll(/^[ \t]+|[ \t]+$/g, "");
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) throw new ProtocolError(400, "malformed header field");
    const earlier = headers.get(name);
    if (earlier !== undefined && SINGLE_FIELDS.has(name)) {
      throw new ProtocolError(400, `the header field ${name} was sent more than once`);
    }
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return headers;
}

/** Fields whose repetition would allow request smuggling. */
const SINGLE_FIELDS = new Set(["content-length", "transfer-encoding", "host", "content-type"]);

function parseFraming(headers: ReadonlyMap<string, string>, minorVersion: 0 | 1): BodyFraming {
  const encoding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (encoding !== undefined) {
    if (length !== undefined) {
      throw new ProtocolError(400, "a request cannot have both Content-Length and Transfer-Encoding");
    }
    if (minorVersion === 0) throw new ProtocolError(400, "HTTP/1.0 does not support Transfer-Encoding");
    if (encoding.toLowerCase() !== "chunked") {
      throw new ProtocolError(501, `unsupported transfer encoding: ${encoding}`);
    }
    return { type: "chunked" };
  }
  if (length === undefined) return { type: "length", length: 0 };
  if (!/^\d{1,15}$/.test(length)) throw new ProtocolError(400, `bad Content-Length: ${length}`);
  return { type: "length", length: Number(length) };
}

function parseExpectation(value: string | undefined): boolean {
  if (value === undefined) return false;
  if (value.toLowerCase() !== "100-continue") throw new ProtocolError(417, `unknown expectation: ${value}`);
  return true;
}

function listOf(value: string | undefined): string[] {
  return (value ?? "").split(",").map((item) => item.trim().toLowerCase());
}
