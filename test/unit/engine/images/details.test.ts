// The small parts of images: platforms, changes, name patterns, progress lines, transfers.
import { describe, expect, test } from "bun:test";
import { parseFilters } from "../../../../src/api/filters.ts";
import { formatPlatform, hostPlatform, parsePlatform } from "../../../../src/api/platforms.ts";
import { bar } from "../../../../src/docker/progress.ts";
import { Filters } from "../../../../src/engine/filters.ts";
import { applyChanges } from "../../../../src/engine/images/changes.ts";
import { parseImageConfig } from "../../../../src/engine/images/configuration.ts";
import { platformRank } from "../../../../src/engine/images/platform.ts";
import { matchesReference } from "../../../../src/engine/images/reference-pattern.ts";
import { choose } from "../../../../src/engine/images/resolve.ts";
import { TransferManager } from "../../../../src/engine/images/transfer-manager.ts";

describe("platforms", () => {
  test.each([
    ["linux/amd64", "linux/amd64"],
    ["linux/x86_64", "linux/amd64"],
    ["linux/arm/v7", "linux/arm/v7"],
    ["aarch64", "linux/arm64"],
    ["linux", `linux/${hostPlatform.architecture}`],
  ])("%s is %s", (text, shown) => {
    expect(formatPlatform(parsePlatform(text))).toBe(shown);
  });
  test.each([
    ["a/b/c/d", '"a/b/c/d": cannot parse platform specifier: invalid argument'],
    ["foo", '"foo": unknown operating system or architecture: invalid argument'],
    ["linux/*", '"linux/*": wildcards not yet supported: invalid argument'],
    ["", /^"" is an invalid OS component of "": OSAndVersion specifier component must match ".*": invalid argument$/],
    [
      "linux/am d64",
      '"am d64" is an invalid component of "linux/am d64": platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument',
    ],
  ])("%p is none", (text, message) => {
    expect(() => parsePlatform(text)).toThrow(message);
  });
  test("the best of an index is chosen, older variants after newer ones", () => {
    const entry = (os: string, architecture: string, variant?: string) => ({
      mediaType: "",
      digest: `${os}/${architecture}/${variant}`,
      size: 1,
      platform: { os, architecture, variant },
    });
    const entries = [
      entry("unknown", "unknown"),
      entry("windows", "amd64"),
      entry("linux", "arm", "v5"),
      entry("linux", "arm", "v6"),
      entry("linux", "arm64", "v8"),
      entry("linux", "amd64"),
    ];
    expect(choose(entries, { os: "linux", architecture: "amd64" }).digest).toBe("linux/amd64/undefined");
    expect(choose(entries, { os: "linux", architecture: "arm", variant: "v7" }).digest).toBe("linux/arm/v6");
    expect(choose(entries, { os: "linux", architecture: "arm64" }).digest).toBe("linux/arm64/v8");
    expect(() => choose(entries, { os: "linux", architecture: "s390x" })).toThrow(
      "no matching manifest for linux/s390x in the manifest list entries",
    );
  });
  test("an incompatible platform has no rank", () => {
    expect(
      platformRank(
        { os: "linux", architecture: "arm", variant: "v6" },
        { os: "linux", architecture: "arm", variant: "v7" },
      ),
    ).toBeUndefined();
  });
});

describe("changes", () => {
  test.each([
    ["CMD echo hi", { Cmd: ["/bin/sh", "-c", "echo hi"] }],
    ['cmd ["echo","hi there"]', { Cmd: ["echo", "hi there"] }],
    ["CMD [not json", { Cmd: ["/bin/sh", "-c", "[not json"] }],
    ['ENTRYPOINT ["/x"]', { Entrypoint: ["/x"] }],
    ["ENV A=1 B=\"two words\" C='x' D=a\\ b", { Env: ["A=1", "B=two words", "C=x", "D=a b"] }],
    ["ENV A 1 2", { Env: ["A=1 2"] }],
    ["EXPOSE 80 53/udp", { ExposedPorts: { "80/tcp": {}, "53/udp": {} } }],
    ['LABEL a=b "c d"=e', { Labels: { a: "b", "c d": "e" } }],
    ["USER 1:2", { User: "1:2" }],
    ["VOLUME /a /b", { Volumes: { "/a": {}, "/b": {} } }],
    ['VOLUME ["/a b"]', { Volumes: { "/a b": {} } }],
    ["WORKDIR /w", { WorkingDir: "/w" }],
    ["WORKDIR w", { WorkingDir: "/w" }],
    ["STOPSIGNAL SIGINT", { StopSignal: "SIGINT" }],
    ["ONBUILD RUN x", { OnBuild: ["RUN x"] }],
    ["HEALTHCHECK NONE", { Healthcheck: { Test: ["NONE"] } }],
    [
      "HEALTHCHECK --interval=5s --retries=2 CMD true",
      { Healthcheck: { Interval: 5e9, Retries: 2, Test: ["CMD-SHELL", "true"] } },
    ],
  ])("%s", (change, expected) => {
    expect(applyChanges({}, [change])).toEqual(expected);
  });
  test("setting a variable again replaces it", () => {
    expect(applyChanges({ Env: ["A=1", "B=2"] }, ["ENV A=3"]).Env).toEqual(["A=3", "B=2"]);
  });
  test.each([
    ["RUN x", "RUN is not a valid change command"],
    ["COPY a b", "COPY is not a valid change command"],
    ["toString x", "toString is not a valid change command"],
    ["ENV A", "ENV must have two arguments"],
    ["ENV A=1 B", "can't find = in"],
    ["USER", "USER requires exactly one argument"],
    ["EXPOSE nope", "invalid containerPort: nope"],
  ])("%s is refused", (change, message) => {
    expect(() => applyChanges({}, [change])).toThrow(message);
  });
});

test.each([
  ["busybox", "busybox:latest", true],
  ["busybox:*", "busybox:latest", true],
  ["busy*", "busybox:latest", true],
  ["busybox:1*", "busybox:latest", false],
  ["*/busybox", "user/busybox:x", true],
  ["*", "user/busybox:x", false],
  ["*/*", "user/busybox:x", true],
  ["b[a-u]sybox", "busybox:latest", true],
  ["b[^a-u]sybox", "busybox:latest", false],
  ["busybox@sha256:*", "busybox@sha256:abc", true],
  ["a.b", "aXb:latest", false],
])("the pattern %p matches %s: %p", (pattern, name, expected) => {
  const filters = Filters.of(parseFilters(JSON.stringify({ reference: [pattern] })), ["reference"]);
  expect(matchesReference(filters, name)).toBe(expected);
});

test.each(["[", "[]a]"])("%p is no pattern", (pattern) => {
  const filters = Filters.of(parseFilters(JSON.stringify({ reference: [pattern] })), ["reference"]);
  expect(() => matchesReference(filters, "busybox:latest")).toThrow("syntax error in pattern");
});

test.each([
  [0, 1000, `[>${" ".repeat(50)}]       0B/1kB`],
  [500, 1000, `[${"=".repeat(25)}>${" ".repeat(25)}]     500B/1kB`],
  [1_234_567, 1_234_567, `[${"=".repeat(50)}>]  1.235MB/1.235MB`],
  [2000, 1000, "     2kB"],
  [12_300_000, 0, "  12.3MB"],
])("progress %d of %d", (current, total, expected) => {
  expect(bar(current, total)).toBe(expected);
});

describe("configurations of other builders", () => {
  test("nulls count as absent, unknown keys are ignored", () => {
    const config = parseImageConfig(
      '{"architecture":"amd64","os":"linux","config":{"Cmd":null,"Env":["A=1"],"Strange":1},"rootfs":{"type":"layers","diff_ids":null},"history":null}',
    );
    expect(config).toEqual({
      architecture: "amd64",
      os: "linux",
      config: { Env: ["A=1"] },
      rootfs: { type: "layers", diff_ids: [] },
      history: [],
    });
  });
  test("rejects an invalid configuration", () => {
    expect(() => parseImageConfig("[]")).toThrow("invalid image configuration");
    expect(() => parseImageConfig("{")).toThrow("invalid image configuration");
  });
});

describe("transfer manager", () => {
  const waiter = () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    return { promise, resolve };
  };
  test("runs a transfer once and reports its events to every watcher, also to late ones", async () => {
    const transfers = new TransferManager<string, string>((event) => event.slice(0, 1));
    const { promise, resolve } = waiter();
    let runs = 0;
    const run = async (emit: (event: string) => void): Promise<string> => {
      runs += 1;
      emit("a1");
      emit("b1");
      emit("a2");
      return promise;
    };
    const events: string[][] = [[], []];
    const first = transfers.join("x", { onEvent: (event) => events[0]?.push(event) }, run);
    const second = transfers.join("x", { onEvent: (event) => events[1]?.push(event) }, run);
    await Bun.sleep(0);
    resolve("done");
    expect(await Promise.all([first, second])).toEqual(["done", "done"]);
    expect(runs).toBe(1);
    expect(events[1]).toEqual(["a2", "b1"]);
  });
  test("aborts a transfer when the last watcher leaves; the next caller starts a new one", async () => {
    const transfers = new TransferManager<string, string>(String);
    const stopped: unknown[] = [];
    const run = async (_emit: (event: string) => void, signal: AbortSignal): Promise<string> => {
      const { promise, reject } = Promise.withResolvers<string>();
      signal.addEventListener("abort", () => {
        stopped.push(signal.reason);
        reject(signal.reason);
      });
      return promise;
    };
    const controllers = [new AbortController(), new AbortController()];
    const follows = controllers.map(({ signal }) =>
      transfers.join("x", { onEvent: () => {}, signal }, run).catch(String),
    );
    controllers[0]?.abort("first gone");
    expect(await follows[0]).toBe("first gone");
    expect(stopped).toEqual([]);
    controllers[1]?.abort("second gone");
    expect(await follows[1]).toBe("second gone");
    expect(stopped).toEqual(["second gone"]);
    expect(await transfers.join("x", { onEvent: () => {} }, async () => "anew")).toBe("anew");
  });
});
