// Failing builds: Docker's messages and statuses, before the stream starts or within it.
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "../../support/build.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});
afterAll(() => daemon?.dispose());
afterEach(async () => {
  for (const { Id } of await containers()) await daemon.call("DELETE", `/containers/${Id}?force=1`);
});

async function containers(): Promise<{ Id: string; State: string; Command: string }[]> {
  const list = await daemon.call("GET", "/containers/json?all=1");
  if (!Array.isArray(list)) return [];
  return list.map(({ Id, State, Command }) => ({ Id: String(Id), State: String(State), Command: String(Command) }));
}

test.each([
  [400, "FOO bar", "dockerfile parse error on line 1: unknown instruction: FOO"],
  [400, "FROM busybox\nRUN", "dockerfile parse error on line 2: RUN requires at least one argument"],
  [400, "RUN x", "no build stage in current context"],
  [400, "# nothing", "failed to parse Dockerfile: file with no instructions"],
  [400, "", "the Dockerfile (Dockerfile) cannot be empty"],
  [200, "FROM busybox\nRUN exit 7", "The command '/bin/sh -c exit 7' returned a non-zero code: 7"],
  [200, 'FROM busybox\nRUN ["/bin/sh", "-c", "exit 3"]', "The command '/bin/sh -c exit 3' returned a non-zero code: 3"],
  [200, 'FROM busybox\nRUN ["/nope"]', 'exec: "/nope": stat /nope: no such file or directory'],
  [
    200,
    "FROM busybox\nCOPY gone /",
    "COPY failed: file not found in build context or excluded by .dockerignore: stat gone: file does not exist",
  ],
  [200, "FROM busybox\nADD g* /", "ADD failed: no source files were specified"],
  [
    200,
    `FROM busybox\nADD --checksum=sha256:${"0".repeat(64)} f /`,
    "ADD failed: checksum can't be specified for non-HTTP(S) sources",
  ],
  [
    200,
    "FROM busybox\nADD https://host.invalid/x.git#v1 /",
    "ADD failed: https://host.invalid/x.git#v1 is a git repository",
  ],
  [200, "FROM busybox AS a\nFROM busybox\nCOPY --from=a /x /x", "COPY failed: stat x: file does not exist"],
  [200, "FROM busybox\nCOPY --from=0 /x /x", "invalid from flag value 0: refers to current build stage"],
  [200, "FROM busybox\nCOPY --from=5 /x /x", "invalid from flag value 5: index out of bounds"],
  [
    200,
    "FROM busybox\nCOPY Dockerfile f /x",
    "When using COPY with more than one source file, the destination must be a directory and end with a /",
  ],
  [
    200,
    "FROM busybox\nCOPY --chown=nobody9 f /x",
    "unable to convert uid/gid chown string to host mapping: can't find uid for user nobody9: no such user: nobody9",
  ],
  [200, "FROM busybox\nEXPOSE many", "invalid containerPort: many"],
  [200, "FROM busybox\nSTOPSIGNAL NOPE", "invalid signal: NOPE"],
  [200, `FROM busybox\nENV A=\${B:?wanted}`, `failed to process "\${B:?wanted}": B: wanted`],
  [200, "FROM $NOTHING", "base name ($NOTHING) should not be blank"],
  [200, "FROM scratch", "No image was generated. Is your Dockerfile empty?"],
  [200, "FROM UPPER", "invalid reference format: repository name (library/UPPER) must be lowercase"],
])("%d for %j", async (status, text, message) => {
  const outcome = await build(daemon, { Dockerfile: text, f: "f" });
  expect(outcome.error).toContain(message);
  expect(outcome.status).toBe(status);
});

test.each([
  ["target=nope", 400, 'target stage "nope" could not be found'],
  ["dockerfile=Other", 400, "Cannot locate specified Dockerfile: Other"],
  ["t=a@sha256:0", 400, "invalid reference format"],
  ["t=UPPER", 400, "invalid reference format"],
  ["platform=nope", 400, "unknown operating system or architecture"],
  ["buildargs={", 400, "error reading build options: {"],
  ["memory=much", 400, 'parsing "much": invalid syntax'],
  ["remote=git://127.0.0.1:1/x.git", 500, "git"],
  ["remote=nowhere", 500, "remoteURL (nowhere) could not be recognized as URL"],
])("a request with %s", async (query, status, message) => {
  const parameters = Object.fromEntries(new URLSearchParams(query));
  const outcome = await build(daemon, { Dockerfile: "FROM busybox\n" }, { query: parameters });
  expect(outcome.error).toContain(message);
  expect(outcome.status).toBe(status);
});

test("the stream's last line has the command's status, which docker exits with", async () => {
  const files = { Dockerfile: "FROM busybox\nRUN echo out; echo err >&2; exit 7\n" };
  const { lines, output } = await build(daemon, files);
  expect(lines.at(-1)).toEqual({
    errorDetail: {
      code: 7,
      message: "The command '/bin/sh -c echo out; echo err >&2; exit 7' returned a non-zero code: 7",
    },
    error: "The command '/bin/sh -c echo out; echo err >&2; exit 7' returned a non-zero code: 7",
  });
  expect(output).toContain("out\n");
  expect(output).toContain("\u001b[91merr\n\u001b[0m");
  const directory = join(daemon.directory, "context");
  mkdirSync(directory);
  writeFileSync(join(directory, "Dockerfile"), files.Dockerfile);
  const env = { DOCKER_BUILDKIT: "0" };
  const { code, stderr } = await daemon.docker(["build", "-q", directory], { env });
  expect(code).toBe(7);
  expect(stderr).toContain("returned a non-zero code: 7");
});

test("keeps a failed step's container unless --force-rm is given", async () => {
  const files = { Dockerfile: "FROM busybox\nRUN touch /made; exit 1\n" };
  await build(daemon, files, { query: { forcerm: "1" } });
  expect(await containers()).toEqual([]);
  await build(daemon, files);
  const [left] = await containers();
  expect(left).toMatchObject({ State: "exited", Command: "/bin/sh -c 'touch /made; exit 1'" });
  expect(await daemon.call("GET", `/containers/${left?.Id}/changes`)).toEqual([{ Path: "/made", Kind: 1 }]);
  // It is a container like any other now, also for the next daemon.
  await daemon.crashAndRestart();
  expect(await containers()).toHaveLength(1);
});

test("--rm=false keeps the steps' containers with their files", async () => {
  const files = { Dockerfile: "FROM busybox\nRUN touch /made\nRUN rm /made\n" };
  const { error } = await build(daemon, files, { query: { rm: "0", nocache: "1" } });
  expect(error).toBe("");
  const left = await containers();
  expect(left).toHaveLength(2);
  for (const { Id } of left) {
    expect(await daemon.call("GET", `/containers/${Id}/changes`)).toEqual([
      { Path: "/made", Kind: expect.any(Number) },
    ]);
  }
});

test("applies resource limits to commands", async () => {
  const { output } = await build(
    daemon,
    { Dockerfile: "FROM busybox\nRUN df -k /dev/shm | tail -1; cat /etc/hosts; ulimit -n\n" },
    {
      query: {
        shmsize: String(2 ** 20),
        extrahosts: "there:10.9.8.7",
        ulimits: JSON.stringify([{ Name: "nofile", Soft: 77, Hard: 99 }]),
      },
    },
  );
  expect(output).toMatch(/ 1024 /);
  expect(output).toMatch(/10\.9\.8\.7\s+there/);
  expect(output).toContain("\n77\n");
});
