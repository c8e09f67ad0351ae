// Every route against what nobody in their right mind sends: an answer with a sentence, never a crash, never a 500.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { containerConfigSchema, hostConfigSchema } from "../../../src/api/containers.ts";
import { createExecSchema } from "../../../src/api/exec.ts";
import { createNetworkSchema, ipamPoolSchema } from "../../../src/api/networks.ts";
import { RAW_STREAM } from "../../../src/api/streams.ts";
import { createVolumeSchema } from "../../../src/api/volumes.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import type { Route } from "../../../src/server/exchange.ts";
import { allRoutes } from "../../../src/server/routes/index.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

/** Longest wait for an answer's head; streams that wait for something are left then. */
const PATIENCE = 1500;

let daemon: TestDaemon;
/** Stands for every service of the engine: the routes are only looked at here, never called. */
const anything: Engine = new Proxy(Object.create(null), { get: () => anything });
const routes: Route[] = allRoutes(anything);

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
  await makeContainer("victim");
});
afterAll(() => daemon.dispose());

/** A container that was never started; requests of these tests may remove it again. */
async function makeContainer(name: string): Promise<void> {
  const made = await daemon.request("POST", `/containers/create?name=${name}`, { Image: "busybox", Cmd: ["true"] });
  expect(made.status).toBe(201);
}

interface Attempt {
  method: string;
  path: string;
  body?: string;
  type?: string;
}

/** What names no registry is asked of Docker Hub; that nobody answers there is not the engine's mistake. */
const HUB_OUT_OF_REACH = 'Get \\"https://registry-1.docker.io/v2/';

/** What was wrong with the answer; undefined when it was proper. */
async function complaint({ method, path, body, type = "application/json" }: Attempt): Promise<string | undefined> {
  const shown = `${method} ${path.slice(0, 200)} ${body?.slice(0, 200) ?? ""}`;
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const reply = await fetch(`http://localhost${path}`, {
      unix: daemon.socket,
      method,
      body,
      headers: body === undefined ? {} : { "Content-Type": type },
      signal,
    });
    if (reply.status < 400) {
      await reply.body?.cancel();
      return undefined;
    }
    const text = await reply.text();
    if (reply.status === 500 && !text.includes(HUB_OUT_OF_REACH)) return `${shown}: 500 ${text}`;
    if (method === "HEAD") return text === "" ? undefined : `${shown}: a body after HEAD`;
    // Docker, too, refuses an attach as a raw stream: its clients read what comes as the container's.
    if (path.includes("/attach") && reply.headers.get("Content-Type") === RAW_STREAM) {
      return text.trim().length > 0 ? undefined : `${shown}: ${reply.status} without a sentence`;
    }
    const answer: unknown = JSON.parse(text);
    const message = answer instanceof Object && "message" in answer ? answer.message : undefined;
    return typeof message === "string" && message.length > 0
      ? undefined
      : `${shown}: ${reply.status} without a sentence`;
  } catch (thrown) {
    // A stream that waits is fine; a connection that breaks is not.
    return signal.aborted ? undefined : `${shown}: ${thrown}`;
  }
}

async function expectProper(attempts: Attempt[]): Promise<void> {
  const complaints: string[] = [];
  const queue = [...attempts];
  const worker = async () => {
    for (let attempt = queue.shift(); attempt; attempt = queue.shift()) {
      const found = await complaint(attempt);
      if (found) complaints.push(found);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  expect(complaints).toEqual([]);
  expect((await daemon.request("GET", "/_ping")).ok).toBe(true);
  expect(daemon.log).not.toContain("that nobody");
}

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
const withNames = (name: string): Attempt[] =>
  routes
    .filter(({ pattern }) => pattern.includes("{"))
    .map(({ method, pattern }) => ({
      method,
      path: concretePath(pattern, name),
      ...(takesBody(method) ? { body: "{}" } : {}),
    }));

test("odd names in every path", async () => {
  await expectProper(oddNames.flatMap(withNames));
}, 120_000);

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

test("odd values in every query", async () => {
  const attempts = routes.flatMap(({ method, pattern }) =>
    oddValues.map((value): Attempt => {
      const query = oddQueries.map((name) => `${name}=${value}`).join("&");
      return {
        method,
        path: `${concretePath(pattern, "nobody")}?${query}`,
        ...(takesBody(method) ? { body: "{}" } : {}),
      };
    }),
  );
  await expectProper(attempts);
}, 120_000);

test("odd filters on every list", async () => {
  const filters = [
    "[]",
    "1",
    '"x"',
    "{",
    '{"a":"b"}',
    '{"label":[null]}',
    '{"name":["("]}',
    '{"name":{"x":"y"}}',
    '{"__proto__":["a"]}',
  ];
  const attempts = routes
    .filter(({ pattern }) => !pattern.includes("{"))
    .flatMap(({ method, pattern }) =>
      filters.map((filter): Attempt => ({ method, path: `${pattern}?filters=${encodeURIComponent(filter)}` })),
    );
  await expectProper(attempts);
}, 60_000);

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

test("odd bodies on every route that takes one", async () => {
  const targets = routes.filter(({ method }) => takesBody(method));
  const attempts = targets.flatMap(({ method, pattern }) =>
    oddBodies.map((body): Attempt => ({ method, path: concretePath(pattern, "victim"), body })),
  );
  await expectProper(attempts);
}, 120_000);

test("odd content types on every route that takes a body", async () => {
  const types = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "nonsense",
    "application/json;",
    "multipart/form-data; boundary=x",
  ];
  const targets = routes.filter(({ method }) => takesBody(method));
  await expectProper(
    targets.flatMap(({ method, pattern }) =>
      types.map((type): Attempt => ({ method, path: concretePath(pattern, "victim"), body: "{}", type })),
    ),
  );
}, 60_000);

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

const create = (body: string): Attempt => ({ method: "POST", path: "/containers/create", body });

test("odd values in every field of a container's configuration", async () => {
  await expectProper(oddFields(containerConfigSchema.entries, (field) => `{"Image":"busybox",${field}}`).map(create));
}, 240_000);

test("odd values in every field of a host configuration", async () => {
  await expectProper(
    oddFields(hostConfigSchema.entries, (field) => `{"Image":"busybox","HostConfig":{${field}}}`).map(create),
  );
}, 240_000);

test("odd values in every field of networks, volumes, execs and updates", async () => {
  await makeContainer("target");
  const post =
    (path: string) =>
    (body: string): Attempt => ({ method: "POST", path, body });
  await expectProper([
    ...oddFields(createNetworkSchema.entries, (field) => `{"Name":"n",${field}}`).map(post("/networks/create")),
    ...oddFields(ipamPoolSchema.entries, (field) => `{"Name":"m","IPAM":{"Config":[{${field}}]}}`).map(
      post("/networks/create"),
    ),
    ...oddFields(createVolumeSchema.entries, (field) => `{${field}}`).map(post("/volumes/create")),
    ...oddFields(createExecSchema.entries, (field) => `{"Cmd":["true"],${field}}`).map(post("/containers/target/exec")),
    ...oddFields(hostConfigSchema.entries, (field) => `{${field}}`).map(post("/containers/target/update")),
  ]);
}, 240_000);
