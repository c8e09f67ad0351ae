// Compares the responses of every GET route of Docker's engine (Debian's 20.10, API 1.41) and Berth: the same keys with
// values of the same types, except for listed differences.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { referenceIsInstalled } from "../../support/reference.ts";
import { lacks } from "../../support/requirement.ts";

const VERSION = "v1.41";
const ENGINE_DEADLINE = 90_000;

/** Differences by the end of a key's path; the first that fits gives the reason. */
const expected: readonly (readonly [RegExp, string])[] = [
  [/\.Runtimes\.[^:]*:/, "each engine has its own OCI runtimes"],
  [/info\.KernelMemory(TCP)?: /, "absent where the limit is not supported, since Docker 23"],
  [/busybox\/json\.ContainerConfig\.Cmd: /, "the container of an import had no configuration of its own"],
  [/\.Warnings: /, "depends on what the host lacks"],
  [/\.AllowNondistributableArtifacts\w+: /, "null since Docker 28, in every API version"],
  [/\.DefaultAddressPools: /, "the test configures pools for one engine only"],
  [/\.CDISpecDirs: /, "in every API version since Docker 25"],
  [/\.BuildTime: /, "a program that runs from source has none"],
  [/\.RepoDigests: null, array/, "null and [] are both answered by Docker, by version"],
  [/\.BuildCache: null, array/, "an empty array since Docker 23"],
  [/\.(GwPriority|EnableIPv4|DNSNames): missing/, "in every API version since Docker 28 or 25"],
  [/plain\/json\.HostConfig\.Runtime: missing/, "set at creation since Docker 23, at start before"],
  [/\.memory_stats\.stats\.\w+: missing/, "the kernel's statistics: Docker 20.10 knows fewer"],
  [/\.GraphDriver\.Data\.(MergedDir|WorkDir): string, missing/, "an image is never mounted by itself here"],
  [/networks.*\.IPAM\.Config\[\]\.Gateway: missing/, "written since Docker 23"],
  [/_ping\.(swarm|builder-version): missing/, "since Docker 23"],
  [/\.Plugins\.(Network|Volume|Log)/, "each engine has its own drivers"],
];

const kindOf = (value: unknown): string => {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
};

const isObject = (value: unknown): value is Record<string, unknown> => kindOf(value) === "object";

/** "path: theirs, ours" for each key that one of the answers lacks or has with another kind of value. */
function differences(path: string, theirs: unknown, ours: unknown): string[] {
  if (kindOf(theirs) !== kindOf(ours)) return [`${path}: ${kindOf(theirs)}, ${kindOf(ours)}`];
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    const [left, right]: unknown[] = [theirs[0], ours[0]];
    return left === undefined || right === undefined ? [] : differences(`${path}[]`, left, right);
  }
  if (!isObject(theirs) || !isObject(ours)) return [];
  return [...new Set([...Object.keys(theirs), ...Object.keys(ours)])]
    .sort()
    .flatMap((key) => differences(`${path}.${key}`, theirs[key], ours[key]));
}

/** IDs as keys, and what is listed in no order, made comparable. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    const name = (entry: unknown) =>
      JSON.stringify(isObject(entry) ? (entry.Names ?? entry.RepoTags ?? entry.Name) : entry);
    return value.map(comparable).sort((left, right) => (name(left) < name(right) ? -1 : 1));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [/^[0-9a-f]{64}$/.test(key) ? "ID" : key, comparable(inner)]),
  );
}

const routes = [
  "/info",
  "/version",
  "/system/df",
  "/containers/json?all=1&size=1",
  "/containers/running/json?size=1",
  "/containers/running/top",
  "/containers/running/changes",
  "/containers/running/stats?stream=0",
  "/containers/plain/json",
  "/containers/plain/stats?stream=0&one-shot=1",
  "/exec/EXEC/json",
  "/images/json?all=1",
  "/images/busybox/json",
  "/images/busybox/history",
  "/images/made/json",
  "/networks",
  "/networks/",
  "/networks/net",
  "/networks/bridge",
  "/volumes",
  "/volumes/vol",
  "/plugins",
];

interface Engine {
  daemon: TestDaemon;
  exec: string;
}

async function prepare(engine: "docker" | "berth"): Promise<Engine> {
  // docker-proxy is not among the programs that the tests take from Debian's package.
  const daemon = await startDaemon({
    engine,
    ...(engine === "docker" ? { arguments: ["--userland-proxy=false"] } : {}),
  });
  const post = (path: string, body?: unknown) => daemon.call("POST", `/${VERSION}${path}`, body);
  await daemon.importBusybox();
  await post("/volumes/create", { Name: "vol", Labels: { a: "b" } });
  await post("/networks/create", { Name: "net", Labels: { a: "b" } });
  await post("/containers/create?name=plain", { Image: "busybox" });
  await post("/containers/create?name=running", {
    Image: "busybox",
    Cmd: ["sleep", "1000"],
    ExposedPorts: { "80/tcp": {} },
    Labels: { l: "1" },
    Healthcheck: { Test: ["CMD", "true"], Interval: 3_600_000_000_000 },
    HostConfig: {
      NetworkMode: "net",
      PortBindings: { "80/tcp": [{ HostPort: "" }] },
      Binds: ["vol:/v"],
      RestartPolicy: { Name: "always" },
    },
    NetworkingConfig: { EndpointsConfig: { net: { Aliases: ["x"] } } },
  });
  await post("/containers/running/start");
  const created = await post("/containers/running/exec", { Cmd: ["touch", "/made"], AttachStdout: true });
  const exec = String(isObject(created) ? created.Id : "");
  await post(`/exec/${exec}/start`, { Detach: true });
  await eventually("the exec to end", async () => {
    const state = await daemon.call("GET", `/exec/${exec}/json`);
    return isObject(state) && state.Running === false;
  });
  await post("/commit?container=running&repo=made&comment=made%20here");
  return { daemon, exec };
}

describe.skipIf(lacks("dockerd", referenceIsInstalled))("the same keys as Docker's", () => {
  let theirs: Engine;
  let ours: Engine;
  beforeAll(async () => {
    [theirs, ours] = await Promise.all([prepare("docker"), prepare("berth")]);
  }, ENGINE_DEADLINE);
  afterAll(() => Promise.all([theirs?.daemon.dispose(), ours?.daemon.dispose()]), ENGINE_DEADLINE);

  const answer = async ({ daemon, exec }: Engine, path: string): Promise<unknown> =>
    comparable(await daemon.call("GET", `/${VERSION}${path.replace("EXEC", exec)}`));

  const unexpected = (path: string, left: unknown, right: unknown): string[] =>
    differences(path, left, right).filter((line) => !expected.some(([pattern]) => pattern.test(line)));

  test.each(routes)("%s", async (path) => {
    expect(unexpected(path, await answer(theirs, path), await answer(ours, path))).toEqual([]);
  });

  test("/_ping", async () => {
    const headers = async ({ daemon }: Engine) => Object.fromEntries((await daemon.request("GET", "/_ping")).headers);
    expect(unexpected("/_ping", await headers(theirs), await headers(ours))).toEqual([]);
  });

  test("/events", async () => {
    const events = async ({ daemon }: Engine) => {
      const text = await (await daemon.request("GET", `/${VERSION}/events?since=0&until=${Date.now() / 1000}`)).text();
      const lines = text.trim().split("\n");
      return Object.fromEntries(
        lines.map((line) => {
          const event: { Type: string; Action: string } = JSON.parse(line);
          return [`${event.Type} ${event.Action}`, event];
        }),
      );
    };
    const [left, right] = [await events(theirs), await events(ours)];
    const both = Object.keys(left).filter((name) => name in right);
    expect(both.length).toBeGreaterThan(8);
    for (const name of both) expect(unexpected(name, left[name], right[name])).toEqual([]);
  });
});
