// The build cache: cache hits, misses and sources.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { build, type Files, inImage, mustBuild } from "../../support/build.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { registryIsInstalled, startRegistry, type TestRegistry } from "../../support/registry.ts";
import { lacks } from "../../support/requirement.ts";

let daemon: TestDaemon;
let registry: TestRegistry | undefined;

beforeAll(async () => {
  daemon = await startDaemon();
  if (registryIsInstalled) registry = await startRegistry();
  await daemon.importBusybox();
});
afterAll(async () => {
  await daemon?.dispose();
  await registry?.dispose();
});

/** A word that no build before had in it. */
let word = 0;
beforeEach(() => {
  word += 1;
});

/** For each step whether it was taken from the cache. */
async function cachedSteps(files: Files, query: Record<string, string | string[]> = {}): Promise<boolean[]> {
  const { output, error } = await build(daemon, files, { query });
  expect(error).toBe("");
  return output
    .split(/^Step /m)
    .slice(1)
    .filter((step) => !/^\d+\/\d+ : FROM/.test(step))
    .map((step) => step.includes(" ---> Using cache\n"));
}

test("reuses all steps and yields the same image", async () => {
  const files = {
    Dockerfile: `FROM busybox\nLABEL a=${word}\nRUN date +%N > /t\nWORKDIR /w\nCOPY f /f\nADD f /g\nCMD ["x"]\n`,
    f: "f",
  };
  const id = await mustBuild(daemon, files);
  expect(await cachedSteps(files)).toEqual([true, true, true, true, true, true]);
  expect(await mustBuild(daemon, files)).toBe(id);
  expect(await cachedSteps(files, { nocache: "1" })).toEqual([false, false, false, false, false, false]);
  expect(await mustBuild(daemon, files)).not.toBe(id);
});

test("runs a changed instruction and all after it", async () => {
  const text = (label: string): string => `FROM busybox\nRUN echo ${word} > /a\nLABEL l=${label}\nRUN date > /b\n`;
  await mustBuild(daemon, { Dockerfile: text("1") });
  expect(await cachedSteps({ Dockerfile: text("2") })).toEqual([true, false, false]);
  expect(await cachedSteps({ Dockerfile: text("1") })).toEqual([true, true, true]);
});

test("cache keys depend on file names, content and modes, not on times or owners", async () => {
  const context = (fields: object, name = "d/f"): Files => [
    { name: "Dockerfile", content: `FROM busybox\nLABEL a=${word}\nCOPY d /d\n` },
    { name, content: "1", ...fields },
  ];
  await mustBuild(daemon, context({}));
  expect(await cachedSteps(context({}))).toEqual([true, true]);
  expect(await cachedSteps(context({ modified: 5n, uid: 7, gid: 8 }))).toEqual([true, true]);
  expect(await cachedSteps(context({ content: "2" }))).toEqual([true, false]);
  expect(await cachedSteps(context({ mode: 0o600 }))).toEqual([true, false]);
  expect(await cachedSteps(context({}, "d/g"))).toEqual([true, false]);
  expect(await cachedSteps(context({ type: "symlink", linkName: "x", content: "" }))).toEqual([true, false]);
  expect(await cachedSteps(context({}))).toEqual([true, true]);
});

test("cache keys depend only on copied files and copy options", async () => {
  const context = (instruction: string, more = "x"): Files => ({
    Dockerfile: `FROM busybox\nLABEL a=${word}\n${instruction}\n`,
    "d/f": "1",
    "d/skipped.md": more,
    other: more,
  });
  await mustBuild(daemon, context("COPY --exclude=*.md d /d"));
  expect(await cachedSteps(context("COPY --exclude=*.md d /d", "y"))).toEqual([true, true]);
  for (const flags of ["--exclude=*.md --chmod=600", "--exclude=*.md --chown=1", ""]) {
    expect(await cachedSteps(context(`COPY ${flags} d /d`))).toEqual([true, false]);
  }
  expect(await cachedSteps(context("COPY --exclude=*.md d /e"))).toEqual([true, false]);
});

test("build arguments are part of the key of commands that see them", async () => {
  const files = { Dockerfile: `FROM busybox\nRUN echo ${word}\nARG A\nRUN echo $A\n` };
  const given = (value: string) => ({ buildargs: JSON.stringify({ A: value }) });
  await mustBuild(daemon, files, { query: given("1") });
  expect(await cachedSteps(files, given("1"))).toEqual([true, true, true]);
  expect(await cachedSteps(files, given("2"))).toEqual([true, true, false]);
  const proxies = (value: string) => ({ buildargs: JSON.stringify({ A: "1", HTTP_PROXY: value }) });
  expect(await cachedSteps(files, proxies("p"))).toEqual([true, true, true]);
});

test("a changed stage matters only through the files copied from it", async () => {
  const text = (command: string): Files => ({
    Dockerfile: `FROM busybox AS a\nRUN ${command}\nFROM busybox\nLABEL w=${word}\nCOPY --from=a /f /f\n`,
  });
  await mustBuild(daemon, text("echo 1 > /f"));
  expect(await cachedSteps(text("echo 1 > /f && echo 2 > /g"))).toEqual([false, true, true]);
  expect(await cachedSteps(text("echo 2 > /f"))).toEqual([false, true, false]);
  expect(await cachedSteps(text("echo 1 > /f && chown 5 /f"))).toEqual([false, true, false]);
});

test("cache keys include bind mount content but not cache or tmpfs mounts", async () => {
  const text = (mounts: string, content = "1"): Files => ({
    Dockerfile: `FROM busybox\nLABEL w=${word}\nRUN ${mounts} cat /m/* ; true\n`,
    "d/f": content,
  });
  await mustBuild(daemon, text("--mount=source=d,target=/m"));
  expect(await cachedSteps(text("--mount=source=d,target=/m"))).toEqual([true, true]);
  expect(await cachedSteps(text("--mount=source=d,target=/m", "2"))).toEqual([true, false]);
  await mustBuild(daemon, text("--mount=type=cache,target=/m"));
  expect(await cachedSteps(text("--mount=type=cache,target=/m"))).toEqual([true, true]);
  const secret = (value: string) => ({
    "X-Build-Secrets": Buffer.from(JSON.stringify({ s: btoa(value) })).toString("base64url"),
  });
  const withSecret = text("--mount=type=secret,id=s,target=/m/s");
  const first = await mustBuild(daemon, withSecret, { headers: secret("a") });
  expect(await mustBuild(daemon, withSecret, { headers: secret("b") })).toBe(first);
});

test.skipIf(lacks("docker-registry", registryIsInstalled))(
  "an image that was built elsewhere lends its steps",
  async () => {
    const name = `${registry?.host}/lent:${word}`;
    const files = (last: string): Files => ({
      Dockerfile: `FROM busybox\nRUN date +%N > /t\nWORKDIR /w\nCOPY f /f\nENV A=1\nRUN echo ${last} > /last\n`,
      f: `${word}`,
    });
    const id = await mustBuild(daemon, files("x"), { query: { t: name } });
    const time = await inImage(daemon, id, "cat /t");
    expect((await daemon.docker(["push", name])).code).toBe(0);
    expect((await daemon.docker(["rmi", "-f", name])).code).toBe(0);
    expect((await daemon.docker(["image", "prune", "-f"])).code).toBe(0);
    expect((await daemon.docker(["pull", name])).code).toBe(0);
    const from = { cachefrom: JSON.stringify([name]) };
    expect(await cachedSteps(files("x"), from)).toEqual([true, true, true, true, true]);
    expect(await mustBuild(daemon, files("x"), { query: from })).toBe(id);
    const other = await build(daemon, files("y"), { query: from });
    expect(other.output.match(/Using cache/g)).toHaveLength(4);
    expect(await inImage(daemon, other.id, "cat /t /last")).toBe(`${time}y\n`);
  },
);

test("another base image with the same name invalidates the cache", async () => {
  const files = { Dockerfile: "FROM moving\nRUN echo x > /x\n" };
  await daemon.docker(["tag", "busybox", "moving"]);
  const first = await mustBuild(daemon, files);
  expect(await cachedSteps(files)).toEqual([true]);
  await mustBuild(daemon, { Dockerfile: `FROM busybox\nLABEL moved=${word}` }, { query: { t: "moving" } });
  expect(await cachedSteps(files)).toEqual([false]);
  expect(await mustBuild(daemon, files)).not.toBe(first);
});

test("with cachefrom only steps of the named images are found", async () => {
  const files = { Dockerfile: `FROM busybox\nLABEL a=${word}\nRUN date +%N > /t\n` };
  await mustBuild(daemon, files, { query: { t: "named" } });
  expect(await cachedSteps(files)).toEqual([true, true]);
  expect(await cachedSteps(files, { cachefrom: JSON.stringify(["busybox"]) })).toEqual([false, false]);
  expect(await cachedSteps(files, { cachefrom: JSON.stringify(["absent"]) })).toEqual([false, false]);
});
