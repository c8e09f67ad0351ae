// Corner cases of a container's lifecycle: exit before the client attaches, a full disk, unread output.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { create, exitCode, inspect, messageOf, post, remove, run } from "./support.ts";

let daemon: TestDaemon;
let programs: string;

beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), "vanishing-runtime-"));
  copyFileSync(Bun.which("crun") ?? "", join(programs, "runtime"));
  chmodSync(join(programs, "runtime"), 0o755);
  daemon = await startDaemon({ config: { runtimes: { vanishing: { path: join(programs, "runtime") } } } });
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon?.dispose();
  rmSync(programs, { recursive: true, force: true });
});

describe("exit while clients attach", () => {
  const cases = [true, false].flatMap((waits) =>
    [true, false].flatMap((tty) =>
      [true, false].flatMap((stdin) => [0, 1, 5_000].map((lines) => ({ waits, tty, stdin, lines }))),
    ),
  );
  test.each(cases)("waits $waits, terminal $tty, stdin $stdin, $lines lines", async ({ waits, tty, stdin, lines }) => {
    const id = await create(daemon, {
      Cmd: ["sh", "-c", `seq ${lines}; exit 5`],
      Tty: tty,
      OpenStdin: stdin,
      StdinOnce: stdin,
    });
    const attaching = attach(`/containers/${id}/attach?stream=1&stdout=1&stderr=1${stdin ? "&stdin=1" : ""}`);
    if (waits) await attaching;
    const [{ output }] = await Promise.all([attaching, post(daemon, `/containers/${id}/start`)]);
    const expected = Array.from({ length: lines }, (_, index) => `${index + 1}${tty ? "\r\n" : "\n"}`).join("");
    const received = await output;
    expect((tty ? received : payloads(received)).toString()).toBe(expected);
    expect(await exitCode(daemon, id)).toBe(5);
    await remove(daemon, id);
  });

  test("fifty concurrently attached and started: each client gets its complete output", async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    const ids = await Promise.all(
      numbers.map((number) => create(daemon, { Cmd: ["sh", "-c", `seq ${number} ${number + 200}; exit ${number}`] })),
    );
    const attached = await Promise.all(ids.map((id) => attach(`/containers/${id}/attach?stream=1&stdout=1`)));
    await Promise.all(ids.map((id) => post(daemon, `/containers/${id}/start`)));
    const outputs = await Promise.all(attached.map(({ output }) => output));
    expect(outputs.map((output) => payloads(output).toString())).toEqual(
      numbers.map((number) => Array.from({ length: 201 }, (_, index) => `${number + index}\n`).join("")),
    );
    expect(await Promise.all(ids.map((id) => exitCode(daemon, id)))).toEqual(numbers);
    await remove(daemon, ...ids);
  });
});

test("unread output at full speed neither blocks the container nor grows the daemon", async () => {
  const megabytes = 200;
  const memory = (): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${daemon.pid}/status`, "utf8"))?.[1]);
  const id = await create(daemon, {
    Cmd: ["sh", "-c", `yes 0123456789012345678901234567890123456789012345678 | head -c ${megabytes}000000`],
    HostConfig: { LogConfig: { Type: "none" } },
  });
  const { socket, output } = await attach(`/containers/${id}/attach?stream=1&stdout=1`);
  socket.pause();
  const before = memory();
  await post(daemon, `/containers/${id}/start`);
  expect(await exitCode(daemon, id)).toBe(0);
  expect(memory() - before).toBeLessThan(100 * 1024);
  socket.resume();
  expect(payloads(await output).length).toBe(megabytes * 1_000_000);
  await remove(daemon, id);
}, 180_000);

describe("full disk", () => {
  /** Disk space used by other files. */
  const fill = (on: TestDaemon, leaving: number): string => {
    const ballast = join(on.dataRoot, "ballast");
    const { bavail, bsize } = statfsSync(on.dataRoot);
    writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leaving)));
    return ballast;
  };

  test("drops logs before the disk is full; attached clients lose no output", async () => {
    await using small = await startDaemon({ dataRootSize: "200m" });
    await small.importBusybox();
    const steps = 40;
    const id = await create(small, {
      Cmd: ["sh", "-c", `for i in $(seq ${steps}); do yes 012345678901234 | head -c 320000; sleep 0.2; done; exec cat`],
      OpenStdin: true,
    });
    const { socket, output, received } = await attach(`/containers/${id}/attach?stream=1&stdin=1&stdout=1`, small);
    fill(small, 6 << 20);
    await post(small, `/containers/${id}/start`);
    await eventually("all that is written", () => payloads(received()).length >= steps * 320_000, 120_000);
    await eventually("the log to go on", async () => {
      socket.write("end\n");
      return (await small.docker(["logs", "--tail", "1", id])).stdout === "end\n";
    });
    socket.end();
    await post(small, `/containers/${id}/kill`);
    expect(
      payloads(await output)
        .subarray(steps * 320_000)
        .toString(),
    ).toMatch(/^(?:end\n)+$/);
    await remove(small, id);
  }, 180_000);

  test("filled by a container: its exit is reported and recorded, and it can be removed", async () => {
    await using small = await startDaemon({ dataRootSize: "48m" });
    await small.importBusybox();
    const write = ["busybox", "sh", "-c", "head -c 90000000 /dev/zero > /f; exit 4"];
    expect((await small.docker(["run", "--name", "full", ...write])).code).toBe(4);
    expect(statfsSync(small.dataRoot).bavail).toBe(0);
    await small.crashAndRestart();
    expect((await small.docker(["inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "full"])).stdout).toBe(
      "exited 4\n",
    );
    expect(await small.docker(["rm", "full"])).toMatchObject({ code: 0, stdout: "full\n" });
    await eventually("room again", () => statfsSync(small.dataRoot).bavail > 0);
    expect((await small.docker(["run", "--rm", "busybox", "true"])).code).toBe(0);
  }, 180_000);

  test("filled completely: the daemon responds, containers without logs are unaffected, the writer can be removed", async () => {
    await using small = await startDaemon({ dataRootSize: "24m", config: { "log-budget": "-1" } });
    await small.importBusybox();
    const id = await run(small, { Cmd: ["sh", "-c", "yes 0123456789 | head -c 60000000; exec sleep 1000"] });
    await eventually("the disk to be full", () => statfsSync(small.dataRoot).bavail === 0, 60_000);
    const quiet = { Cmd: ["sh", "-c", "seq 5000; exit 3"], HostConfig: { LogConfig: { Type: "none" } } };
    const ballast = join(small.dataRoot, "containers", id, "container.log");
    expect((await small.docker(["ps", "-a", "--format", "{{.ID}}"])).stdout).toBe(`${id.slice(0, 12)}\n`);
    expect((await inspect(small, id)).State.Status).toBe("running");
    // While the engine cuts it, the file is missing for a moment.
    rmSync(ballast, { force: true });
    await remove(small, id);
    const other = await create(small, quiet);
    const { output } = await attach(`/containers/${other}/attach?stream=1&stdout=1`, small);
    await post(small, `/containers/${other}/start`);
    expect(
      payloads(await output)
        .toString()
        .split("\n").length,
    ).toBe(5001);
    expect(await exitCode(small, other)).toBe(3);
    await remove(small, other);
  }, 180_000);
});

test("a deleted OCI runtime: start reports it, running containers can still be removed", async () => {
  const body = { Cmd: ["sleep", "1000"], HostConfig: { Runtime: "vanishing" } };
  const running = await run(daemon, body);
  const id = await create(daemon, body);
  rmSync(join(programs, "runtime"));
  const start = await daemon.request("POST", `/containers/${id}/start`);
  expect(start.ok).toBe(false);
  expect(await messageOf(start)).toContain(join(programs, "runtime"));
  expect((await inspect(daemon, id)).State.Status).toBe("created");
  await remove(daemon, running, id);
  for (const gone of [running, id]) {
    expect((await daemon.request("GET", `/containers/${gone}/json`)).status).toBe(404);
  }
});

/** A raw attach: everything that comes after the answer's head. */
async function attach(path: string, on: TestDaemon = daemon) {
  const socket = connect({ path: on.socket, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  let headEnds = -1;
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const output = new Promise<Buffer>((resolve) => {
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (headEnds >= 0) return;
      headEnds = Buffer.concat(chunks).indexOf("\r\n\r\n");
      if (headEnds >= 0) answer();
    });
    socket.on("close", () => resolve(Buffer.concat(chunks).subarray(headEnds + 4)));
    socket.on("end", () => socket.end());
  });
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n`);
  await answered;
  return { socket, output, received: () => Buffer.concat(chunks).subarray(headEnds + 4) };
}

/** What the frames carry. */
function payloads(frames: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let offset = 0; offset + 8 <= frames.length; ) {
    const length = frames.readUInt32BE(offset + 4);
    parts.push(frames.subarray(offset + 8, offset + 8 + length));
    offset += 8 + length;
  }
  return Buffer.concat(parts);
}

test.each([
  ["root", "unable to find user root: no matching entries in passwd file"],
  ["0:nosuch", "unable to find group nosuch: no matching entries in group file"],
  ["0:0", undefined],
])("an exec as %s without /etc/passwd", async (user, refusal) => {
  const id = await run(daemon, { Cmd: ["sleep", "1000"] });
  expect((await daemon.docker(["exec", id, "rm", "/etc/passwd"])).code).toBe(0);
  const answer = await daemon.request("POST", `/containers/${id}/exec`, { Cmd: ["true"], User: user });
  const { message }: { message?: string } = JSON.parse(await answer.text());
  expect([answer.status, message]).toEqual([refusal ? 400 : 201, refusal]);
  await remove(daemon, id);
});

test("normalizes the working directory of a request", async () => {
  const id = await create(daemon, { Cmd: ["pwd"], WorkingDir: "/tmp//../tmp/" });
  expect((await daemon.docker(["inspect", "-f", "{{.Config.WorkingDir}}", id])).stdout).toBe("/tmp\n");
  await remove(daemon, id);
});
