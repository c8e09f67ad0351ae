// Unusual requests for every route, and an engine's responses to them.
import { containerConfigSchema } from "../../src/api/container-config.ts";
import { createExecSchema } from "../../src/api/exec.ts";
import { hostConfigSchema } from "../../src/api/host-configuration.ts";
import { createNetworkSchema, ipamPoolSchema } from "../../src/api/networks.ts";
import { RAW_STREAM } from "../../src/api/streams.ts";
import { createVolumeSchema } from "../../src/api/volumes.ts";
import type { Engine } from "../../src/engine/index.ts";
import type { Route } from "../../src/server/exchange.ts";
import { allRoutes } from "../../src/server/routes/index.ts";

export interface Attempt {
  method: string;
  path: string;
  body?: string;
  type?: string;
}

/** A created container that some requests use; they may remove it. */
export const VICTIM = "victim";
/** A container that no request removes before the others have used it. */
export const TARGET = "target";

export interface Outcome {
  /** Status code; 0 if the connection broke, undefined if the response is a waiting stream. */
  status: number | undefined;
  /** The defect of the response; undefined if there is none. */
  complaint: string | undefined;
}

/** Timeout for the head of a response; waiting streams are abandoned then. */
const PATIENCE = 1500;

/** References without a registry go to Docker Hub, which may be unreachable. */
const HUB_OUT_OF_REACH = 'Get \\"https://registry-1.docker.io/v2/';

/** Sends the request to the engine on `socket`. */
export async function outcomeOf(socket: string, attempt: Attempt): Promise<Outcome> {
  const { method, path, body, type = "application/json" } = attempt;
  const shown = `${method} ${path.slice(0, 200)} ${body?.slice(0, 200) ?? ""}`;
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const headers: Record<string, string> = body === undefined ? {} : { "Content-Type": type };
    const reply = await fetch(`http://localhost${path}`, {
      unix: socket,
      method,
      body,
      headers,
      signal,
      redirect: "manual",
    });
    const { status } = reply;
    if (status < 400) {
      await reply.body?.cancel();
      return { status, complaint: undefined };
    }
    const flaw = flawOf(attempt, reply, await reply.text());
    return { status, complaint: flaw && `${shown}: ${status} ${flaw}` };
  } catch (thrown) {
    // A waiting stream is fine, a broken connection is not.
    return signal.aborted
      ? { status: undefined, complaint: undefined }
      : { status: 0, complaint: `${shown}: ${thrown}` };
  }
}

/** The defect of an error response. */
function flawOf({ method, path }: Attempt, { status, headers }: Response, text: string): string | undefined {
  if (status >= 500 && !wellRefused(status) && !text.includes(HUB_OUT_OF_REACH)) return text;
  if (method === "HEAD") return text === "" ? undefined : "with a body after HEAD";
  // Docker also rejects an attach as a raw stream.
  const isRaw = path.includes("/attach") && headers.get("Content-Type") === RAW_STREAM;
  return (isRaw ? text.trim() : messageOf(text)).length > 0 ? undefined : "without a sentence";
}

/** "Not implemented" and "unavailable" are intended responses. */
const wellRefused = (status: number): boolean => status === 501 || status === 503;

function messageOf(text: string): string {
  try {
    const answer: unknown = JSON.parse(text);
    const message = answer instanceof Object && "message" in answer ? answer.message : undefined;
    return typeof message === "string" ? message : "";
  } catch {
    return "";
  }
}

/** All outcomes; several requests run concurrently. */
export async function outcomesOf(socket: string, attempts: readonly Attempt[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const queue = [...attempts];
  const worker = async () => {
    for (let attempt = queue.shift(); attempt; attempt = queue.shift()) {
      outcomes.push(await outcomeOf(socket, attempt));
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return outcomes;
}

/** Placeholder for every service of the engine: the routes are only listed, never called. */
const anything: Engine = new Proxy(Object.create(null), { get: () => anything });
const routes: Route[] = allRoutes(anything, () => Promise.reject(new Error("never called")));

const oddNames = [
  ...[
    "..",
    ".",
    "%2e%2e",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2fetc%2fpasswd",
    "a%2f..%2f..%2fb",
    "%00",
    "a%00b",
    "%ff",
    "%0a",
  ],
  ...[
    "%20",
    "-rf",
    "--help",
    "$(id)",
    "%60id%60",
    "%27;drop",
    "%E2%82%AC",
    "%F0%9F%90%B3",
    "*",
    "sha256:",
    "sha256:zz",
  ],
  ...["sha256:0000000000000000000000000000000000000000000000000000000000000000", "UPPER", "a:b:c", "@", "a@sha256:x"],
  ...["__proto__", "constructor", "toString", "null", "undefined", "0x0", "-1", "NaN", "x".repeat(5000), "v1.24"],
];

const concretePath = (pattern: string, name: string) => pattern.replaceAll(/\{\w+(:\*)?\}/g, () => name);
const takesBody = (method: string) => method === "POST" || method === "PUT";
const bodyFor = (method: string) => (takesBody(method) ? { body: "{}" } : {});

function inPaths(): Attempt[] {
  const withNames = routes.filter(({ pattern }) => pattern.includes("{"));
  return oddNames.flatMap((name) =>
    withNames.map(({ method, pattern }) => ({ method, path: concretePath(pattern, name), ...bodyFor(method) })),
  );
}

const oddQueries = [
  ...[
    "all",
    "limit",
    "size",
    "filters",
    "t",
    "signal",
    "h",
    "w",
    "since",
    "until",
    "tail",
    "follow",
    "stdout",
    "stderr",
  ],
  ...["path", "name", "repo", "tag", "fromImage", "fromSrc", "changes", "platform", "condition", "force", "v", "link"],
  ...["noprune", "detachKeys", "stream", "logs", "ps_args", "type", "container", "author", "pause", "digests", "term"],
];
const oddValues = [
  "",
  "-1",
  "99999999999999999999",
  "1e9",
  "x",
  "%5B%5D",
  "%7B%7D",
  "%7B%22a%22%3A1%7D",
  "%00",
  "..%2f..",
  "%22",
];

function inQueries(): Attempt[] {
  return routes.flatMap(({ method, pattern }) =>
    oddValues.map((value) => {
      const query = oddQueries.map((name) => `${name}=${value}`).join("&");
      return { method, path: `${concretePath(pattern, "nobody")}?${query}`, ...bodyFor(method) };
    }),
  );
}

const oddFilters = [
  ...["[]", "1", '"x"', "{", '{"a":"b"}', '{"label":[null]}', '{"name":["("]}', '{"name":{"x":"y"}}'],
  '{"__proto__":["a"]}',
];

function inFilters(): Attempt[] {
  return routes
    .filter(({ pattern }) => !pattern.includes("{"))
    .flatMap(({ method, pattern }) =>
      oddFilters.map((filter) => ({ method, path: `${pattern}?filters=${encodeURIComponent(filter)}` })),
    );
}

const oddBodies = [
  ...[
    "",
    " ",
    "null",
    "true",
    "7",
    "-0",
    '"text"',
    "[]",
    "[{}]",
    "{",
    "}",
    "{}{}",
    "{} trailing",
    "\u0000",
    "\uFEFF{}",
    "nul",
  ],
  ...['{"a":', '{"Id":1e400}', `{"Name":"${"x".repeat(100_000)}"}`, "[".repeat(50_000), '{"a":'.repeat(50_000)],
  ...['{"__proto__":{"x":1}}', '{"Image":{"a":1},"Cmd":7,"HostConfig":[]}', '{"Container":[],"Name":{},"Config":1}'],
];

function inBodies(): Attempt[] {
  return routes
    .filter(({ method }) => takesBody(method))
    .flatMap(({ method, pattern }) => oddBodies.map((body) => ({ method, path: concretePath(pattern, VICTIM), body })));
}

const oddTypes = [
  ...["text/plain", "application/x-www-form-urlencoded", "nonsense", "application/json;"],
  "multipart/form-data; boundary=x",
];

function inContentTypes(): Attempt[] {
  return routes
    .filter(({ method }) => takesBody(method))
    .flatMap(({ method, pattern }) =>
      oddTypes.map((type) => ({ method, path: concretePath(pattern, VICTIM), body: "{}", type })),
    );
}

const oddJson = [
  ...[
    '"x"',
    '""',
    '"../../etc"',
    '"\\u0000"',
    "0x0",
    "-1",
    "1.5",
    "1e300",
    "9007199254740993",
    "true",
    "null",
    "[]",
    "{}",
  ],
  ...[
    "[1]",
    "[null]",
    '["x"]',
    '["../..:/etc"]',
    '["a=b","=","\\u0000"]',
    "[[]]",
    "[{}]",
    '{"x":1}',
    '{"x":"y"}',
    '{"":{}}',
  ],
  ...['{"80/tcp":null}', '{"99999/tcp":[{"HostPort":"x"}]}', '{"x":{"y":[]}}', `"${"y".repeat(5000)}"`],
  ...['"constructor"', '"__proto__"', '["constructor"]', '{"constructor":"x"}', '{"__proto__":{}}', '{"toString":[]}'],
  ...['{"Type":"constructor"}', '{"Name":"constructor"}', '{"Type":"json-file","Config":{"max-size":"-1"}}'],
  ...['[{"Type":"constructor"}]', '[{"Name":"toString","Soft":1,"Hard":1}]', '[{"Path":"/dev/x","Rate":-1}]'],
];

const oddFields = (entries: object, frame: (field: string) => string) =>
  Object.keys(entries).flatMap((key) => oddJson.map((value) => frame(`${JSON.stringify(key)}:${value}`)));

const post =
  (path: string) =>
  (body: string): Attempt => ({ method: "POST", path, body });

function inContainerConfigurations(): Attempt[] {
  const bodies = oddFields(containerConfigSchema.entries, (field) => `{"Image":"busybox",${field}}`);
  return bodies.map(post("/containers/create"));
}

function inHostConfigurations(): Attempt[] {
  const bodies = oddFields(hostConfigSchema.entries, (field) => `{"Image":"busybox","HostConfig":{${field}}}`);
  return bodies.map(post("/containers/create"));
}

function inOtherFields(): Attempt[] {
  const pool = (field: string) => `{"Name":"m","IPAM":{"Config":[{${field}}]}}`;
  return [
    ...oddFields(createNetworkSchema.entries, (field) => `{"Name":"n",${field}}`).map(post("/networks/create")),
    ...oddFields(ipamPoolSchema.entries, pool).map(post("/networks/create")),
    ...oddFields(createVolumeSchema.entries, (field) => `{${field}}`).map(post("/volumes/create")),
    ...oddFields(createExecSchema.entries, (field) => `{"Cmd":["true"],${field}}`).map(
      post(`/containers/${TARGET}/exec`),
    ),
    ...oddFields(hostConfigSchema.entries, (field) => `{${field}}`).map(post(`/containers/${TARGET}/update`)),
  ];
}

/** Everything odd by where it is put; in this order, as some take things away that others are about. */
export const oddities: Readonly<Record<string, () => Attempt[]>> = {
  "names in every path": inPaths,
  "values in every query": inQueries,
  "filters on every route": inFilters,
  "bodies on every route that takes one": inBodies,
  "content types on every route that takes a body": inContentTypes,
  "values in every field of a container's configuration": inContainerConfigurations,
  "values in every field of a host configuration": inHostConfigurations,
  "values in every field of networks, volumes, execs and updates": inOtherFields,
};
