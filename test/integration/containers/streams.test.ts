// Attach, exec and logs, byte-exact, with clients that attach early, reattach, read slowly or disconnect.
import { describe, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { jsonLines } from "../../../src/client/streams.ts";
import { command, eventually } from "../../support/command.ts";
import { create, exitCode, inspect, messageOf, post, remove, run, sharedDaemon } from "./support.ts";

const daemon = sharedDaemon();

/** A raw attach or exec connection: what comes after the answer's head, and the socket to write to. */
async function hijack(path: string, body = "") {
  const socket = connect({ path: daemon().socket, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  let head: string | undefined;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    if (head !== undefined) return;
    const all = Buffer.concat(chunks.splice(0));
    const split = all.indexOf("\r\n\r\n");
    if (split < 0) {
      chunks.push(all);
      return;
    }
    head = all.subarray(0, split).toString();
    chunks.push(all.subarray(split + 4));
    answer();
  });
  socket.on("end", end);
  socket.on("close", end);
  socket.on("error", end);
  const type = body === "" ? "" : "Content-Type: application/json\r\n";
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  await answered;
  return { socket, ended, received: () => Buffer.concat(chunks), status: () => Number(head?.split(" ")[1]) };
}

/** The payloads of one stream in framed output. */
function payloads(frames: Buffer, stream: number): Buffer {
  const parts: Buffer[] = [];
  for (let offset = 0; offset + 8 <= frames.length; ) {
    const length = frames.readUInt32BE(offset + 4);
    if (frames[offset] === stream) parts.push(frames.subarray(offset + 8, offset + 8 + length));
    offset += 8 + length;
  }
  return Buffer.concat(parts);
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const ATTACH = "stream=1&stdin=1&stdout=1&stderr=1";

describe("attach", () => {
  test("a stream ends when the exit is recorded, also that of a start that fails", async () => {
    const ends = async (Cmd: string[]): Promise<unknown> => {
      const id = await create(daemon(), { Cmd });
      const client = await hijack(`/containers/${id}/attach?${ATTACH}`);
      const started = daemon().request("POST", `/containers/${id}/start`);
      await client.ended;
      const { Status, ExitCode } = (await inspect(daemon(), id)).State;
      await started;
      await remove(daemon(), id);
      return [Status, ExitCode];
    };
    const exits = await Promise.all(Array.from({ length: 10 }, () => ends(["sh", "-c", "echo x; exit 3"])));
    expect(exits).toEqual(exits.map(() => ["exited", 3]));
    const failures = await Promise.all(Array.from({ length: 5 }, () => ends(["no-such-program"])));
    expect(failures).toEqual(failures.map(() => ["created", 127]));
  });

  test("a followed log ends when the exit is recorded", async () => {
    const codes = Array.from({ length: 10 }, async () => {
      const id = await run(daemon(), { Cmd: ["sh", "-c", "sleep 0.1; exit 3"] });
      await (await daemon().request("GET", `/containers/${id}/logs?stdout=1&follow=1`)).text();
      const { ExitCode } = (await inspect(daemon(), id)).State;
      await remove(daemon(), id);
      return ExitCode;
    });
    expect(await Promise.all(codes)).toEqual(codes.map(() => 3));
  });

  test("unread input does not block output", async () => {
    const id = await create(daemon(), {
      Cmd: ["sh", "-c", "sleep 0.2; seq 2000"],
      OpenStdin: true,
      StdinOnce: true,
    });
    for (let round = 0; round < 10; round++) {
      const { socket, ended, received } = await hijack(`/containers/${id}/attach?${ATTACH}`);
      await post(daemon(), `/containers/${id}/start`);
      socket.write(randomBytes(1 << 20));
      await ended;
      expect(payloads(received(), 1).toString().split("\n").length).toBe(2001);
      socket.destroy();
    }
    await remove(daemon(), id);
  });

  test("binary input is byte-exact, and its end reaches the process", async () => {
    const input = randomBytes(8 << 20);
    const id = await create(daemon(), { Cmd: ["cat"], OpenStdin: true, StdinOnce: true });
    const { socket, ended, received } = await hijack(`/containers/${id}/attach?${ATTACH}`);
    await post(daemon(), `/containers/${id}/start`);
    socket.end(input);
    await ended;
    expect(digest(payloads(received(), 1))).toBe(digest(input));
    expect(await exitCode(daemon(), id)).toBe(0);
    await remove(daemon(), id);
  });

  test("an output-only client leaves the input to another", async () => {
    const id = await create(daemon(), { Cmd: ["sh", "-c", "echo begun; cat"], OpenStdin: true, StdinOnce: true });
    const listener = await hijack(`/containers/${id}/attach?stream=1&stdout=1`);
    await post(daemon(), `/containers/${id}/start`);
    await eventually("the listener to hear", () => listener.received().includes("begun"));
    listener.socket.destroy();
    // Had it ended the input, this would be ended with the container.
    expect((await daemon().docker(["exec", id, "sleep", "1"])).code).toBe(0);
    const { socket, ended, received } = await hijack(`/containers/${id}/attach?${ATTACH}`);
    socket.end("typed\n");
    await ended;
    expect(payloads(received(), 1).toString()).toBe("typed\n");
    expect(await exitCode(daemon(), id)).toBe(0);
    await remove(daemon(), id);
  });

  test("stdout and stderr stay apart", async () => {
    const id = await create(daemon(), { Cmd: ["sh", "-c", "for i in 1 2 3; do echo o$i; echo e$i >&2; done"] });
    const { ended, received } = await hijack(`/containers/${id}/attach?stream=1&stdout=1&stderr=1`);
    const onlyErrors = await hijack(`/containers/${id}/attach?stream=1&stderr=1`);
    await post(daemon(), `/containers/${id}/start`);
    await Promise.all([ended, onlyErrors.ended]);
    expect(payloads(received(), 1).toString()).toBe("o1\no2\no3\n");
    expect(payloads(received(), 2).toString()).toBe("e1\ne2\ne3\n");
    expect(payloads(onlyErrors.received(), 1).length).toBe(0);
    expect(payloads(onlyErrors.received(), 2).toString()).toBe("e1\ne2\ne3\n");
    await remove(daemon(), id);
  });

  test("a client that reattaches finds the TTY unchanged", async () => {
    const id = await run(daemon(), { Cmd: ["sh"], Tty: true, OpenStdin: true });
    const first = await hijack(`/containers/${id}/attach?${ATTACH}`);
    first.socket.write("x=kept\n");
    await eventually("the echo", () => first.received().includes("x=kept"));
    first.socket.write(Uint8Array.of(16, 17));
    await first.ended;
    expect((await inspect(daemon(), id)).State.Status).toBe("running");
    const second = await hijack(`/containers/${id}/attach?${ATTACH}`);
    second.socket.write("echo $x-$x\n");
    await eventually("the answer", () => second.received().includes("kept-kept"));
    second.socket.write("exit 4\n");
    await second.ended;
    expect(await exitCode(daemon(), id)).toBe(4);
    await remove(daemon(), id);
  });

  test("passes on a partial match of the detach keys", async () => {
    const id = await run(daemon(), {
      Cmd: ["sh", "-c", "stty raw -echo; echo ready; head -c 3 | od -An -tx1"],
      Tty: true,
      OpenStdin: true,
    });
    const { socket, received, ended } = await hijack(`/containers/${id}/attach?${ATTACH}&logs=1`);
    await eventually("the terminal to be raw", () => received().includes("ready"));
    socket.write(Uint8Array.of(16));
    await Bun.sleep(100);
    socket.write(Uint8Array.of(16, 65));
    await ended;
    expect(received().toString()).toContain("10 10 41");
    await remove(daemon(), id);
  });

  test("a client that does not read blocks neither the container nor other clients", async () => {
    const size = 32 << 20;
    const id = await create(daemon(), { Cmd: ["sh", "-c", `head -c ${size} /dev/zero`] });
    const slow = await hijack(`/containers/${id}/attach?stream=1&stdout=1`);
    slow.socket.pause();
    const quick = await hijack(`/containers/${id}/attach?stream=1&stdout=1`);
    await post(daemon(), `/containers/${id}/start`);
    await quick.ended;
    expect(payloads(quick.received(), 1).length).toBe(size);
    expect(await exitCode(daemon(), id)).toBe(0);
    slow.socket.resume();
    await slow.ended;
    expect(payloads(slow.received(), 1).length).toBe(size);
    await remove(daemon(), id);
  });

  test("the container survives the client's terminal", async () => {
    const id = await run(daemon(), { Cmd: ["sh"], Tty: true, OpenStdin: true });
    const gone = await hijack(`/containers/${id}/attach?${ATTACH}`);
    gone.socket.destroy();
    await Bun.sleep(200);
    expect((await inspect(daemon(), id)).State.Status).toBe("running");
    const back = await hijack(`/containers/${id}/attach?${ATTACH}`);
    back.socket.write("echo here-$((1+1))\n");
    await eventually("an answer", () => back.received().includes("here-2"));
    back.socket.destroy();
    await remove(daemon(), id);
  });
});

describe("exec", () => {
  async function createExec(id: string, body: Record<string, unknown>): Promise<string> {
    const answer = await daemon().request("POST", `/containers/${id}/exec`, {
      AttachStdout: true,
      AttachStderr: true,
      ...body,
    });
    const { Id, message }: { Id: string; message?: string } = JSON.parse(await answer.text());
    if (answer.status !== 201) throw new Error(`${answer.status}: ${message}`);
    return Id;
  }
  const codeOf = async (exec: string): Promise<number> =>
    JSON.parse(await (await daemon().request("GET", `/exec/${exec}/json`)).text()).ExitCode;

  test.each([
    ["a terminal, started without", { Tty: true }, { Tty: false }, "AQAAAAAAAAQ=", "hi\r\n"],
    ["a terminal, started with one", { Tty: true }, { Tty: true }, "", "hi\r\n"],
    ["no terminal, started with one", {}, { Tty: true }, "", "hi\n"],
    ["no terminal", {}, {}, "AQAAAAAAAAM=", "hi\n"],
  ])("is framed as its start says: %s", async (_, create, start, header, text) => {
    const id = await run(daemon(), { Cmd: ["sleep", "1000"] });
    const exec = await createExec(id, { Cmd: ["echo", "hi"], ...create });
    const { ended, received } = await hijack(`/exec/${exec}/start`, JSON.stringify(start));
    await ended;
    expect(received().toString("latin1")).toBe(Buffer.from(header, "base64").toString("latin1") + text);
    await remove(daemon(), id);
  });

  test("its input, output and exit code", async () => {
    const id = await run(daemon(), { Cmd: ["sleep", "1000"] });
    const input = randomBytes(1 << 20);
    const exec = await createExec(id, { Cmd: ["sh", "-c", "cat; exit 9"], AttachStdin: true });
    const { socket, ended, received } = await hijack(`/exec/${exec}/start`, "{}");
    socket.end(input);
    await ended;
    expect(digest(payloads(received(), 1))).toBe(digest(input));
    expect(await codeOf(exec)).toBe(9);
    await remove(daemon(), id);
  });

  test("a hundred short execs lose no byte", async () => {
    const id = await run(daemon(), { Cmd: ["sleep", "1000"] });
    for (let round = 0; round < 100; round++) {
      const exec = await createExec(id, { Cmd: ["printf", `out ${round}\\nend`] });
      const { ended, received } = await hijack(`/exec/${exec}/start`, "{}");
      await ended;
      expect(payloads(received(), 1).toString()).toBe(`out ${round}\nend`);
      expect(await codeOf(exec)).toBe(0);
    }
    await remove(daemon(), id);
  });

  test("reports the end of every exec, however short", async () => {
    const id = await run(daemon(), { Cmd: ["sleep", "1000"] });
    const ends = new Set<string>();
    const leaving = new AbortController();
    const filters = encodeURIComponent(JSON.stringify({ container: [id], event: ["exec_die"] }));
    const events = await fetch(`http://localhost/events?filters=${filters}`, {
      unix: daemon().socket,
      signal: leaving.signal,
    });
    const listening = (async () => {
      for await (const event of jsonLines<{ Actor: { Attributes: { execID: string } } }>(
        events.body ?? new Blob().stream(),
      ))
        ends.add(event.Actor.Attributes.execID);
    })().catch(() => {});
    const execs = await Promise.all(Array.from({ length: 40 }, () => createExec(id, { Cmd: ["true"] })));
    await Promise.all(execs.map((exec) => post(daemon(), `/exec/${exec}/start`, { Detach: true })));
    await eventually("all ends", () => ends.size === execs.length);
    leaving.abort();
    await listening;
    await remove(daemon(), id);
  });

  test("ends with its process even if others inherited its output", async () => {
    const id = await run(daemon(), { Cmd: ["sleep", "1000"] });
    const exec = await createExec(id, { Cmd: ["sh", "-c", "sleep 500 & echo done"] });
    const { ended, received } = await hijack(`/exec/${exec}/start`, "{}");
    await ended;
    expect(payloads(received(), 1).toString()).toBe("done\n");
    await remove(daemon(), id);
  });

  test("ends when its container stops", async () => {
    const id = await run(daemon(), { Cmd: ["sleep", "1000"] });
    const exec = await createExec(id, { Cmd: ["sleep", "1000"] });
    const { ended } = await hijack(`/exec/${exec}/start`, "{}");
    await post(daemon(), `/containers/${id}/kill`);
    await ended;
    const late = await daemon().request("POST", `/containers/${id}/exec`, { Cmd: ["true"] });
    expect(late.status).toBe(409);
    await remove(daemon(), id);
  });

  test.each([false, true])("reports a failed start in the stream and by the exit code, TTY: %p", async (Tty) => {
    const id = await run(daemon(), { Cmd: ["sleep", "1000"] });
    for (const [word, code, text, WorkingDir] of [
      ["nosuch", 127, "executable file not found in $PATH"],
      ["/etc", 126, "permission denied"],
      ["pwd", 126, "OCI runtime exec failed: exec failed: Cwd must be an absolute path", "tmp"],
    ] as const) {
      const exec = await createExec(id, { Cmd: [word], Tty, ...(WorkingDir === undefined ? {} : { WorkingDir }) });
      const { ended, received } = await hijack(`/exec/${exec}/start`, JSON.stringify({ Tty }));
      await ended;
      expect((Tty ? received() : payloads(received(), 1)).toString()).toContain(text);
      expect(await codeOf(exec)).toBe(code);
    }
    await remove(daemon(), id);
  });
});

describe("logs", () => {
  const logs = async (id: string, query: string): Promise<Buffer> =>
    Buffer.from(await (await daemon().request("GET", `/containers/${id}/logs?${query}`)).arrayBuffer());

  test("tail, since, timestamps, a last line without an end, long lines", async () => {
    const id = await run(daemon(), {
      Cmd: [
        "sh",
        "-c",
        "echo one; echo two; sleep 1.2; echo three; head -c 100000 /dev/zero | tr '\\0' x; echo; printf last",
      ],
    });
    await exitCode(daemon(), id);
    const all = payloads(await logs(id, "stdout=1"), 1).toString();
    expect(all).toBe(`one\ntwo\nthree\n${"x".repeat(100_000)}\nlast`);
    expect(payloads(await logs(id, "stdout=1&tail=1"), 1).toString()).toBe("last");
    expect(payloads(await logs(id, "stdout=1&tail=2"), 1).toString()).toBe(`${"x".repeat(100_000)}\nlast`);
    expect(payloads(await logs(id, "stdout=1&tail=0"), 1).toString()).toBe("");
    const stamped = payloads(await logs(id, "stdout=1&timestamps=1&tail=3"), 1)
      .toString()
      .split("\n");
    expect(stamped[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z three$/);
    const at = Date.parse(stamped[0]?.split(" ")[0] ?? "") / 1000;
    expect(payloads(await logs(id, `stdout=1&since=${at - 0.5}`), 1).toString()).toStartWith("three\n");
    expect(payloads(await logs(id, `stdout=1&until=${at - 0.5}`), 1).toString()).toBe("one\ntwo\n");
    await remove(daemon(), id);
  });

  test.each([
    ["json-file", "*-json.log*"],
    ["local", "container.log*"],
  ])("following shows every line in order over rotations, and ends with the container: %s", async (driver, pattern) => {
    const lines = 60_000;
    const id = await create(daemon(), {
      Cmd: [
        "sh",
        "-c",
        `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); echo "line $i of many, long enough to fill a file"; [ $((i % 15000)) -ne 0 ] || sleep 1.1; done`,
      ],
      HostConfig: { LogConfig: { Type: driver, Config: { "max-size": "1m", "max-file": "20" } } },
    });
    await post(daemon(), `/containers/${id}/start`);
    const followed = payloads(await logs(id, "stdout=1&follow=1"), 1)
      .toString()
      .trim()
      .split("\n");
    expect(followed.length).toBe(lines);
    expect(followed.findIndex((line, index) => !line.startsWith(`line ${index + 1} `))).toBe(-1);
    const files = await command(["find", `${daemon().dataRoot}/containers/${id}`, "-name", pattern]);
    expect(files.stdout.trim().split("\n").length).toBeGreaterThan(1);
    const tail = payloads(await logs(id, "stdout=1&tail=25000"), 1)
      .toString()
      .trim()
      .split("\n");
    expect([tail.length, tail[0]?.split(" ")[1]]).toEqual([25_000, String(lines - 25_000 + 1)]);
    await remove(daemon(), id);
  });

  test("a driver without logs returns an error", async () => {
    const id = await run(daemon(), { Cmd: ["echo", "hi"], HostConfig: { LogConfig: { Type: "none" } } });
    const answer = await daemon().request("GET", `/containers/${id}/logs?stdout=1`);
    expect(answer.status).toBe(501);
    expect(await messageOf(answer)).toBe("configured logging driver does not support reading");
    await remove(daemon(), id);
  });
});
