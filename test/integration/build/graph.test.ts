// Builds on the graph solver by BuildKit clients: concurrent, deduplicated and skipped steps, and the history.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildKit, buildKitClients } from "../../support/buildkit-clients.ts";
import { type CommandResult, eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { lacks } from "../../support/requirement.ts";

const [client] = buildKitClients;
let daemon: TestDaemon;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-graph-"));
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon?.dispose();
  rmSync(directory, { recursive: true, force: true });
});

/** A new context of these files. */
function contextOf(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(directory, "context-"));
  writeInto(root, files);
  return root;
}

function writeInto(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

async function build(context: string, ...words: string[]): Promise<CommandResult> {
  if (client === undefined) throw new Error("no client of BuildKit's protocol is installed");
  return buildKit(client, daemon, ["build", ...words, context]);
}

async function mustBuild(context: string, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await build(context, ...words);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout + stderr;
}

/** The names of steps that were taken from the cache. */
function cached(output: string): string[] {
  const names = new Map(
    [...output.matchAll(/^(#\d+) \[(?:\S+ )?\d+\/\d+\] (.*)$/gm)].map(([, id = "", name = ""]) => [id, name]),
  );
  return [...output.matchAll(/^(#\d+) CACHED$/gm)].flatMap(([, id = ""]) => names.get(id) ?? []);
}

const inImage = async (image: string, command: string): Promise<string> =>
  (await daemon.berth(["run", "--rm", "--network", "none", image, "sh", "-c", command])).stdout;

const withClient = test.skipIf(lacks("a client of BuildKit's protocol", client !== undefined));

withClient("stages that do not need each other run side by side", async () => {
  // Each waits for the other: run sequentially, they would never finish.
  const stage = (own: string, other: string) =>
    `FROM busybox AS ${own}\nRUN --mount=type=cache,id=meeting,target=/m touch /m/${own}; until test -e /m/${other}; do sleep 0.1; done; touch /${own}\n`;
  const context = contextOf({
    Dockerfile: `${stage("a", "b")}${stage("b", "a")}FROM busybox\nCOPY --from=a /a /\nCOPY --from=b /b /\n`,
  });
  await mustBuild(context, "-t", "met");
  expect(await inImage("met", "ls /a /b")).toBe("/a\n/b\n");
});

withClient("a step that several builds need at the same time runs once", async () => {
  const context = contextOf({
    Dockerfile:
      "FROM busybox\nRUN --mount=type=cache,id=once,target=/m echo run >> /m/runs; sleep 2; cat /proc/sys/kernel/random/uuid > /t\n",
  });
  await Promise.all([1, 2, 3].map((number) => mustBuild(context, "-t", `once:${number}`)));
  const times = await Promise.all([1, 2, 3].map((number) => inImage(`once:${number}`, "cat /t")));
  expect(new Set(times).size).toBe(1);
  const counting = contextOf({
    Dockerfile: "FROM busybox\nRUN --mount=type=cache,id=once,target=/m cat /m/runs > /runs\n",
  });
  await mustBuild(counting, "-t", "counted");
  expect(await inImage("counted", "cat /runs")).toBe("run\n");
});

withClient("a failed step ends the others, and is shown in the Dockerfile", async () => {
  const context = contextOf({
    Dockerfile: "FROM busybox AS slow\nRUN sleep 1000\nFROM busybox\nRUN echo told; exit 3\nCOPY --from=slow / /slow\n",
  });
  const { code, stderr } = await build(context);
  expect(code).toBe(1);
  expect(stderr).toContain('process "/bin/sh -c echo told; exit 3" did not complete successfully: exit code: 3');
  // Docker 20.10 does not show where an error comes from.
  if (client === "buildx") expect(stderr).toMatch(/Dockerfile:4\n-+\n[\s\S]*4 \| >>> RUN echo told; exit 3/);
  await eventually("no container to be left", async () => (await daemon.berth(["ps", "-aq"])).stdout === "");
});

withClient("steps are found again by what they do to which files", async () => {
  const context = contextOf({
    Dockerfile: "FROM busybox\nLABEL a=1\nRUN cat /proc/sys/kernel/random/uuid > /t\nCOPY f /f\n",
    f: "1\n",
  });
  await mustBuild(context, "-t", "found:1");
  writeInto(context, {
    Dockerfile: 'FROM busybox\nLABEL a=2\nRUN cat /proc/sys/kernel/random/uuid > /t\nCOPY f /f\nCMD ["x"]\n',
  });
  expect(cached(await mustBuild(context, "-t", "found:2"))).toEqual([
    "RUN cat /proc/sys/kernel/random/uuid > /t",
    "COPY f /f",
  ]);
  expect(await inImage("found:2", "cat /t")).toBe(await inImage("found:1", "cat /t"));
  writeInto(context, { f: "2\n" });
  expect(cached(await mustBuild(context, "-t", "found:3"))).toEqual(["RUN cat /proc/sys/kernel/random/uuid > /t"]);
  expect(await inImage("found:3", "cat /f")).toBe("2\n");
  expect(cached(await mustBuild(context, "--no-cache", "-t", "found:4"))).toEqual([]);
  expect(await inImage("found:4", "cat /t")).not.toBe(await inImage("found:1", "cat /t"));
});

withClient("results of steps are no images, and a prune frees them", async () => {
  const context = contextOf({
    Dockerfile:
      "FROM busybox AS made\nRUN head -c 5000 /dev/zero > /zero\nFROM busybox\nRUN --mount=from=made,target=/m wc -c < /m/zero > /size\n",
  });
  const imagesBefore = (await daemon.berth(["images", "-aq"])).stdout.split("\n").length;
  await mustBuild(context, "-t", "sized");
  expect((await daemon.berth(["images", "-aq"])).stdout.split("\n")).toHaveLength(imagesBefore + 1);
  const history = await daemon.berth(["history", "--no-trunc", "--format", "{{.CreatedBy}}|{{.Comment}}", "sized"]);
  expect(history.stdout).toStartWith("RUN /bin/sh -c wc -c < /m/zero > /size # buildkit|buildkit.dockerfile.v0\n");
  const usage = async () =>
    (await daemon.berth(["system", "df", "--format", "{{.Type}} {{.Size}}"])).stdout.split("\n").at(-2);
  expect(await usage()).not.toBe("Build Cache 0B");
  const pruned = await daemon.berth(["builder", "prune", "-af"]);
  expect(pruned.stdout).toMatch(/Total reclaimed space: [1-9]/);
  expect(await usage()).toBe("Build Cache 0B");
  expect(await inImage("sized", "cat /size")).toBe("5000\n");
  expect(cached(await mustBuild(context))).toEqual([]);
});

withClient("an image that was removed stays in the cache until that is pruned", async () => {
  const context = contextOf({ Dockerfile: "FROM busybox\nRUN cat /proc/sys/kernel/random/uuid > /t\n" });
  await mustBuild(context, "-t", "removed");
  await daemon.berth(["rmi", "removed"]);
  expect(cached(await mustBuild(context, "-t", "removed"))).toEqual(["RUN cat /proc/sys/kernel/random/uuid > /t"]);
});

withClient("a linked layer does not depend on the files below it", async () => {
  const context = contextOf({ Dockerfile: "FROM busybox\nRUN touch /one\nCOPY --link f /d/f\n", f: "linked\n" });
  const layers = async (image: string): Promise<string[]> =>
    JSON.parse((await daemon.berth(["inspect", "-f", "{{json .RootFS.Layers}}", image])).stdout);
  await mustBuild(context, "-t", "linked:1");
  writeInto(context, { Dockerfile: "FROM busybox\nRUN touch /two\nCOPY --link f /d/f\n" });
  await mustBuild(context, "-t", "linked:2");
  const [one, two] = [await layers("linked:1"), await layers("linked:2")];
  expect(one.at(-1)).toBe(two.at(-1) ?? "");
  expect(one.at(-2)).not.toBe(two.at(-2) ?? "");
  expect(await inImage("linked:2", "cat /d/f; ls /two")).toBe("linked\n/two\n");
});

withClient("triggers of the base are counted from the first step", async () => {
  const base = contextOf({ Dockerfile: "FROM busybox\nONBUILD ENV A=1\nONBUILD COPY f /f\nONBUILD RUN cat /f\n" });
  await mustBuild(base, "-t", "triggering");
  const context = contextOf({ Dockerfile: "FROM triggering AS one\nRUN true\nFROM one\nRUN cat /f\n", f: "f" });
  const output = await mustBuild(context);
  for (const step of ["[one 1/4] FROM triggering", "[one 2/4] ONBUILD COPY f /f", "[one 3/4] ONBUILD RUN cat /f"]) {
    expect(output).toContain(step);
  }
  expect(output).toContain("[one 4/4] RUN true");
  expect(output).toContain("[stage-1 1/1] RUN cat /f");
});

withClient("SOURCE_DATE_EPOCH gives the same image twice", async () => {
  const context = contextOf({ Dockerfile: "FROM busybox\nRUN mkdir -p /a/b; echo x > /a/b/c\nCOPY f /f\n", f: "f" });
  const ids: string[] = [];
  for (const name of ["epoch:1", "epoch:2"]) {
    await mustBuild(context, "--no-cache", "--build-arg", "SOURCE_DATE_EPOCH=1000000000", "-t", name);
    ids.push((await daemon.berth(["inspect", "-f", "{{.Id}} {{.Created}}", name])).stdout);
  }
  expect(ids[1]).toBe(ids[0] ?? "");
  expect(ids[0]).toEndWith(" 2001-09-09T01:46:40.000Z\n");
  expect(await inImage("epoch:1", "stat -c %Y /a/b /a/b/c /f")).toBe("1000000000\n1000000000\n1000000000\n");
});

withClient("an image with an inline cache lends its steps", async () => {
  const context = contextOf({
    Dockerfile: "FROM busybox\nRUN cat /proc/sys/kernel/random/uuid > /t\nCOPY f /f\n",
    f: "f",
  });
  await mustBuild(context, "--build-arg", "BUILDKIT_INLINE_CACHE=1", "-t", "lender");
  await daemon.berth(["builder", "prune", "-af"]);
  const output = await mustBuild(context, "--cache-from", "lender", "-t", "borrower");
  expect(cached(output)).toEqual(["RUN cat /proc/sys/kernel/random/uuid > /t", "COPY f /f"]);
  expect(await inImage("borrower", "cat /t")).toBe(await inImage("lender", "cat /t"));
});

withClient("a daemon that is killed in the middle leaves nothing, and the next one builds", async () => {
  const context = contextOf({ Dockerfile: "FROM busybox\nRUN echo kept > /kept\nRUN sleep 1000\n" });
  const building = build(context);
  await eventually("the last step to run", async () =>
    (await daemon.berth(["ps", "--no-trunc", "--format", "{{.Command}}"])).stdout.includes("sleep 1000"),
  );
  await daemon.crashAndRestart();
  expect((await building).code).not.toBe(0);
  await eventually("no container to be left", async () => (await daemon.berth(["ps", "-aq"])).stdout === "");
  writeInto(context, { Dockerfile: "FROM busybox\nRUN echo kept > /kept\nRUN cat /kept\n" });
  expect(cached(await mustBuild(context, "-t", "after"))).toEqual(["RUN echo kept > /kept"]);
});
