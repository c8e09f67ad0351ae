// Berth's own requests for a whole run or exec: creation, attachment, start and end in one.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Berth } from "../../../src/client/index.ts";
import type { StartedRun } from "../../../src/client/runs.ts";
import { eventually } from "../../support/command.ts";
import { inspect, remove, run, sharedDaemon } from "./support.ts";

/** A runtime that leaves clients time before a start. */
const directory = mkdtempSync(join(tmpdir(), "slow-runtime-"));
const slow = join(directory, "slow");
writeFileSync(slow, '#!/bin/sh\nsleep 0.3\nexec crun "$@"\n', { mode: 0o755 });
afterAll(() => rmSync(directory, { recursive: true }));

const daemon = sharedDaemon({ runtimes: { slow: { path: slow } } });
let berth: Berth;
beforeAll(() => {
  berth = new Berth({ host: `unix://${daemon().socket}` });
});

const streams = { stdout: true, stderr: true, until: "next-exit" } as const;
const interactive = { AttachStdin: true, OpenStdin: true, StdinOnce: true };
const sh = (script: string) => ({ Image: "busybox", Cmd: ["sh", "-c", script] });

/** All output, stream by stream, once it has ended. */
async function outputOf({ stream }: StartedRun): Promise<{ stdout: string; stderr: string }> {
  const text = { stdout: "", stderr: "" };
  for await (const { stream: number, payload } of stream.output) {
    text[number === 2 ? "stderr" : "stdout"] += Buffer.from(payload).toString("latin1");
  }
  return text;
}

const exists = async (reference: string): Promise<boolean> =>
  (await daemon().request("GET", `/containers/${reference}/json`)).ok;

describe("run", () => {
  test("separates the streams and reports the exit code after all output", async () => {
    const started = await berth.containers.run(sh("seq 20000; echo problem >&2; exit 7"), streams);
    const { stdout, stderr } = await outputOf(started);
    expect(stdout).toBe(`${Array.from({ length: 20000 }, (_, index) => index + 1).join("\n")}\n`);
    expect(stderr).toBe("problem\n");
    expect(await started.result).toMatchObject({ StatusCode: 7 });
    expect((await inspect(daemon(), started.created.Id)).State).toMatchObject({ Status: "exited", ExitCode: 7 });
    await remove(daemon(), started.created.Id);
  });

  test("frames each report: a stream of its own, a JSON object and a newline", async () => {
    const raw = await berth.connection.hijack("POST", "/berth/run", {
      query: { stream: true, stdout: true },
      json: sh("echo hello"),
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of raw.output) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const pieces: [number, string][] = [];
    for (let offset = 0; offset < bytes.length; ) {
      const length = bytes.readUInt32BE(offset + 4);
      expect(bytes.subarray(offset + 1, offset + 4)).toEqual(Buffer.alloc(3));
      pieces.push([bytes[offset] ?? -1, bytes.toString("utf8", offset + 8, offset + 8 + length)]);
      offset += 8 + length;
    }
    expect(pieces.map(([stream]) => stream)).toEqual([4, 1, 4]);
    const [[, created = ""] = [], [, output = ""] = [], [, ended = ""] = []] = pieces;
    expect(JSON.parse(created)).toEqual({ Created: { Id: expect.stringMatching(/^[0-9a-f]{64}$/), Warnings: [] } });
    expect(output).toBe("hello\n");
    expect(ended).toBe('{"Ended":{"StatusCode":0}}\n');
    await remove(daemon(), JSON.parse(created).Created.Id);
  });

  test("passes input on until its end", async () => {
    const started = await berth.containers.run({ ...sh("wc -c"), ...interactive }, { ...streams, stdin: true });
    expect(await started.stream.write(new Uint8Array(300_000))).toBe(true);
    await started.stream.closeWrite();
    expect((await outputOf(started)).stdout.trim()).toBe("300000");
    expect(await started.result).toMatchObject({ StatusCode: 0 });
    await remove(daemon(), started.created.Id);
  });

  test("with a terminal: one stream, and the detach keys leave the process running", async () => {
    const request = { ...sh("tty; cat"), ...interactive, Tty: true };
    const started = await berth.containers.run(request, { ...streams, stdin: true, detachKeys: "ctrl-x" });
    const output = outputOf(started);
    await started.stream.write(Buffer.from("\u0018"));
    const { stderr } = await output;
    expect(stderr).toBe("");
    const { Id } = started.created;
    expect((await inspect(daemon(), Id)).State.Running).toBe(true);
    const logs = async () => (await daemon().request("GET", `/containers/${Id}/logs?stdout=1`)).text();
    await eventually("the terminal's name", async () => (await logs()).includes("/dev/pts/0\r\n"));
    await remove(daemon(), Id);
  });

  test("--rm: the end is reported once the container and its anonymous volume are gone", async () => {
    const request = { ...sh("true"), Volumes: { "/data": {} }, HostConfig: { AutoRemove: true } };
    for (let round = 0; round < 3; round++) {
      // The name is free at once.
      const started = await berth.containers.run(request, { ...streams, name: "again", until: "removed" });
      await outputOf(started);
      expect(await started.result).toMatchObject({ StatusCode: 0 });
      expect(await exists("again")).toBe(false);
      expect(await berth.volumes.list()).toMatchObject({ Volumes: [] });
    }
  });

  test("a client's disconnect does not end the run, unless requested", async () => {
    for (const endsWithClient of [false, true]) {
      const started = await berth.containers.run(sh("trap 'exit 0' TERM; while :; do sleep 0.1; done"), {
        ...streams,
        endsWithClient,
      });
      const { Id } = started.created;
      const isRunning = async () => (await inspect(daemon(), Id)).State.Running;
      await eventually("the start", isRunning);
      started.stream.close();
      if (endsWithClient) await eventually("the end", async () => !(await isRunning()));
      else expect(await isRunning()).toBe(true);
      await remove(daemon(), Id);
    }
  });

  test("a client's disconnect before the start ends the run, if requested", async () => {
    const request = {
      Image: "busybox",
      Cmd: ["sleep", "1000"],
      StopSignal: "SIGKILL",
      HostConfig: { Runtime: "slow" },
    };
    const started = await berth.containers.run(request, { ...streams, endsWithClient: true });
    started.stream.close();
    const { Id } = started.created;
    await eventually("start and end", async () => (await inspect(daemon(), Id)).State.Status === "exited");
    await remove(daemon(), Id);
  });

  test("rejects what creation rejects, with the same status and before any stream", async () => {
    const other = await run(daemon(), { Cmd: ["sleep", "1000"] }, "taken");
    const refused = (request: object, name: string) =>
      berth.containers.run({ Image: "busybox", ...request }, { ...streams, name }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(await refused({}, "taken")).toMatchObject({ status: 409, message: expect.stringContaining("/taken") });
    expect(await refused({ Image: "no-such-image" }, "new")).toMatchObject({
      status: 404,
      message: "No such image: no-such-image:latest",
    });
    const query = { stream: true, until: "tomorrow" };
    const wrong = berth.connection.hijack("POST", "/berth/run", { query, json: { Image: "busybox" } });
    expect(await wrong.catch((thrown: unknown) => thrown)).toMatchObject({ status: 400 });
    expect(await exists("new")).toBe(false);
    await remove(daemon(), other);
  });

  test("reports a failed start with the status and exit code of the start", async () => {
    const started = await berth.containers.run({ Image: "busybox", Cmd: ["no-such-program"] }, streams);
    expect(await outputOf(started)).toEqual({ stdout: "", stderr: "" });
    expect(await started.result.catch((thrown: unknown) => thrown)).toMatchObject({
      status: 400,
      message: expect.stringContaining('exec: "no-such-program": executable file not found in $PATH'),
    });
    expect((await inspect(daemon(), started.created.Id)).State).toMatchObject({ Status: "created", ExitCode: 127 });
    await remove(daemon(), started.created.Id);
  });
});

describe("exec", () => {
  const all = { AttachStdin: true, AttachStdout: true, AttachStderr: true };

  test("output, input and its end, exit code, terminal, detach keys, a client's disconnect", async () => {
    const id = await run(daemon(), { Cmd: ["sleep", "1000"] });
    const counted = await berth.execs.run(id, { ...all, Cmd: ["sh", "-c", "wc -c; echo problem >&2; exit 3"] });
    await counted.stream.write(new Uint8Array(100_000));
    await counted.stream.closeWrite();
    const { stdout, stderr } = await outputOf(counted);
    expect([stdout.trim(), stderr]).toEqual(["100000", "problem\n"]);
    expect(await counted.result).toMatchObject({ StatusCode: 3 });
    expect(await berth.execs.inspect(counted.created.Id)).toMatchObject({ Running: false, ExitCode: 3 });

    const terminal = await berth.execs.run(id, { ...all, Tty: true, DetachKeys: "ctrl-x", Cmd: ["cat"] });
    await terminal.stream.write(Buffer.from("\u0018"));
    expect((await outputOf(terminal)).stderr).toBe("");
    expect(await berth.execs.inspect(terminal.created.Id)).toMatchObject({ Running: true });

    const left = await berth.execs.run(id, { ...all, Cmd: ["cat"] });
    await eventually("the start", async () => (await berth.execs.inspect(left.created.Id)).Running);
    left.stream.close();
    await eventually("the end of its input", async () => !(await berth.execs.inspect(left.created.Id)).Running);

    const failed = await berth.execs.run(id, { ...all, Cmd: ["no-such-program"] });
    await outputOf(failed);
    expect(await failed.result.catch((thrown: unknown) => thrown)).toMatchObject({
      message: expect.stringContaining("executable file not found in $PATH"),
    });
    await remove(daemon(), id);
  });

  test("rejects a container that does not exist or is not running", async () => {
    const refused = (reference: string) => berth.execs.run(reference, { Cmd: ["true"] }).catch((thrown) => thrown);
    expect(await refused("nobody")).toMatchObject({ status: 404, message: "No such container: nobody" });
    const { Id } = await berth.containers.create({ Image: "busybox" });
    expect(await refused(Id)).toMatchObject({ status: 409, message: `container ${Id} is not running` });
    await remove(daemon(), Id);
  });
});
