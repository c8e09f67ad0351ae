// `RUN --mount` and `RUN --network`: their effect on a command, and that they leave nothing in the image.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, inImage, mustBuild } from "../../support/build.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});
afterAll(() => daemon?.dispose());

/** What a build's commands say. */
async function said(instructions: string, options: BuildOptions = {}): Promise<string> {
  const files = {
    Dockerfile: `FROM busybox AS stage\nRUN mkdir /s && echo staged > /s/f\nFROM busybox\n${instructions}\n`,
    "d/f": "content\n",
  };
  const { output, error } = await build(daemon, files, options);
  expect(error).toBe("");
  return output;
}

test("bind mounts files of the context, a stage and an image", async () => {
  const output = await said(`RUN --mount=source=d,target=/m cat /m/f && ! touch /m/x 2>/dev/null && echo read-only
RUN --mount=type=bind,source=d/f,target=/one cat /one
RUN --mount=from=stage,source=/s,target=/m cat /m/f
RUN --mount=from=0,source=/s/f,target=/m cat /m
RUN --mount=from=busybox,target=/m ls /m/bin/busybox`);
  for (const words of ["content\nread-only\n", "content\n", "staged\n", "/m/bin/busybox\n"]) {
    expect(output).toContain(words);
  }
});

test("discards writes to bind mounts after the command", async () => {
  const output = await said(`RUN --mount=source=d,target=/m,rw echo changed > /m/f && touch /m/x && ls /m
RUN --mount=source=d,target=/m cat /m/f && ls /m | wc -l
RUN --mount=from=stage,source=/s,target=/m,rw echo changed > /m/f
RUN --mount=from=stage,source=/s,target=/m cat /m/f`);
  expect(output).toContain("f\nx\n");
  expect(output).toContain("content\n1\n");
  expect(output).toContain("staged\n");
});

test("cache mounts persist, are listed and can be pruned", async () => {
  const mount = "--mount=type=cache,id=kept,target=/m,uid=5,gid=6,mode=0700";
  await said(`RUN ${mount} echo first > /m/f; stat -c '%u %g %a' /m`);
  expect(await said(`RUN ${mount} cat /m/f; stat -c '%u %g %a' /m`)).toContain("first\n5 6 700\n");
  expect(await said("RUN --mount=type=cache,target=/m ls /m | wc -l")).toContain("0\n");
  const usage = await daemon.call("GET", "/system/df?type=build-cache");
  expect(usage).toMatchObject({ BuildCache: [{ Type: "exec.cachemount" }, { Type: "exec.cachemount" }] });
  const plan = await daemon.call("POST", "/build/prune?dryRun=1");
  expect(plan).toMatchObject({ Items: [{ Size: expect.any(Number) }, { Size: expect.any(Number) }] });
  const pruned = await daemon.call("POST", "/build/prune");
  expect(pruned).toMatchObject({ CachesDeleted: [expect.any(String), expect.any(String)], SpaceReclaimed: 6 });
  expect(await said(`RUN ${mount} ls /m | wc -l; echo again > /m/g`)).toContain("0\n");
  expect(await daemon.call("GET", "/system/df?type=build-cache")).toMatchObject({ BuildCache: [{ UsageCount: 1 }] });
});

test("a cache mount starts with the files of a stage", async () => {
  const mount = "--mount=type=cache,id=filled,from=stage,source=/s,target=/m";
  expect(await said(`RUN ${mount} cat /m/f && echo own > /m/f\nRUN ${mount} cat /m/f # again`)).toContain("staged\n");
  expect(await said(`RUN ${mount} cat /m/f # later`)).toContain("own\n");
});

test("a locked cache is used by one command at a time", async () => {
  const command = "test -e /m/busy && echo together; touch /m/busy; sleep 0.2; rm /m/busy";
  const outputs = await Promise.all(
    [1, 2, 3].map((number) => said(`RUN --mount=type=cache,id=lock,sharing=locked,target=/m ${command} # ${number}`)),
  );
  expect(
    outputs
      .join("")
      .split("\n")
      .filter((line) => line === "together"),
  ).toEqual([]);
});

test("concurrent commands get separate private caches", async () => {
  const outputs = await Promise.all(
    [1, 2].map((number) =>
      said(`RUN --mount=type=cache,id=own,sharing=private,target=/m touch /m/${number}; sleep 1; ls /m | wc -l`),
    ),
  );
  for (const output of outputs) expect(output).toContain("1\n");
});

test("tmpfs mounts", async () => {
  const output = await said("RUN --mount=type=tmpfs,target=/m,size=1m df -k /m | tail -1 && echo x > /m/f");
  expect(output).toMatch(/tmpfs +1024 /);
});

test("secrets are files or variables and leave no trace", async () => {
  const secrets = { token: btoa("hidden word"), other: btoa("second") };
  const headers = { "X-Build-Secrets": Buffer.from(JSON.stringify(secrets)).toString("base64url") };
  const files = {
    Dockerfile: `FROM busybox
RUN --mount=type=secret,id=token wc -c < /run/secrets/token && stat -c %a /run/secrets/token
RUN --mount=type=secret,id=token,target=/t,mode=0444,uid=7 stat -c '%a %u' /t
RUN --mount=type=secret,id=other,env=WORD test $(echo "$WORD" | md5sum | cut -c1-8) = 59d0d19f && echo equal
RUN --mount=type=secret,id=absent test -e /run/secrets/absent || echo nothing
RUN ls /run /t 2>&1; env
`,
  };
  const { output, error, id } = await build(daemon, files, { headers });
  expect(error).toBe("");
  for (const words of ["11\n400\n", "444 7\n", "equal\n", "nothing\n"]) expect(output).toContain(words);
  expect(output).not.toContain("second");
  const archive = Buffer.from(await (await daemon.request("GET", `/images/${id}/get`)).arrayBuffer());
  expect(archive.includes("hidden word")).toBe(false);
  const wanted = { Dockerfile: "FROM busybox\nRUN --mount=type=secret,id=absent,required true\n" };
  expect((await build(daemon, wanted)).error).toBe("secret absent: not found");
});

test("network modes none and host", async () => {
  const output = await said(`RUN --network=none ip -o link | wc -l
RUN --network=host test -d /sys/class/net/${daemon.bridge} && echo host`);
  expect(output).toContain("1\n");
  expect(output).toContain("host\n");
});

test("removes mount points from the image unless they have content", async () => {
  const id = await mustBuild(daemon, {
    Dockerfile: `FROM busybox
RUN --mount=type=tmpfs,target=/deep/er/m --mount=type=cache,target=/etc/c true
RUN --mount=type=tmpfs,target=/kept/m touch /kept/f
`,
    f: "",
  });
  expect(await inImage(daemon, id, "test -e /deep || test -e /etc/c || ls /kept")).toBe("f\n");
  const inspected = await daemon.call("GET", `/images/${id}/json`);
  expect(inspected).toMatchObject({ RootFS: { Layers: { length: 2 } } });
});

test("a link placed at a mount point cannot redirect its removal outside the layer", async () => {
  const outside = join(daemon.directory, "outside");
  mkdirSync(join(outside, "b/m"), { recursive: true });
  const id = await mustBuild(daemon, {
    Dockerfile: `FROM busybox
RUN --mount=type=tmpfs,target=/a/b/m mv /a /moved && ln -s ${outside} /a && mkdir -p ${outside}/b/m && touch /f
`,
  });
  expect(existsSync(join(outside, "b/m"))).toBe(true);
  expect(await inImage(daemon, id, "readlink /a; ls /f")).toBe(`${outside}\n/f\n`);
});

test.each([
  ["RUN --mount=type=ssh true", "RUN --mount=type=ssh takes an agent that BuildKit's client forwards"],
  ["RUN --mount=type=nope,target=/x true", 'unsupported mount type "nope"'],
  ["RUN --mount=source=gone,target=/x true", "RUN --mount failed: stat gone: file does not exist"],
  ["RUN --mount=source=../x,target=/x true", "forbidden path outside the build context"],
  ["RUN --security=insecure true", "security.insecure is not allowed"],
])("%s is refused", async (instruction, message) => {
  const { error } = await build(daemon, { Dockerfile: `FROM busybox\n${instruction}\n` });
  expect(error).toContain(message);
});
