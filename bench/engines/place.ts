// The environment of one engine: a directory and a network namespace, connected to this one by a veth pair. Every
// engine sees the same network, and none changes the machine's firewall.
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must, program } from "../../scripts/step.ts";
import { inNetworkNamespace } from "../../src/linux/namespaces.ts";
import { unmountAllUnder } from "../../test/support/leaks.ts";
import type { Started, Streams } from "../engine.ts";

export class Place {
  readonly directory: string;
  readonly namespace: string;
  /** The engine's side of the veth pair. */
  readonly address: string;
  readonly #name: string;

  private constructor(name: string, address: string, directory: string) {
    this.#name = name;
    this.namespace = `/run/netns/${name}`;
    this.address = address;
    this.directory = directory;
  }

  /** `number` distinguishes the engines of one run, the process ID concurrent runs. */
  static async make(engine: string, number: number): Promise<Place> {
    const name = `b${process.pid}-${engine}`;
    const subnet = `198.18.${(process.pid * 3 + number) % 250}`;
    const directory = mkdtempSync(join(tmpdir(), `bench-${engine}-`));
    for (const folder of ["data", "exec"]) mkdirSync(join(directory, folder));
    const place = new Place(name, `${subnet}.2`, directory);
    await program(["ip", "netns", "del", name]);
    await must(["ip", "netns", "add", name]);
    const inside = ["ip", "-n", name];
    await must(["ip", "link", "add", name, "type", "veth", "peer", "name", "outside", "netns", name]);
    await must(["ip", "addr", "add", `${subnet}.1/24`, "dev", name]);
    await must(["ip", "link", "set", name, "up"]);
    await must([...inside, "addr", "add", `${place.address}/24`, "dev", "outside"]);
    await must([...inside, "link", "set", "outside", "up"]);
    await must([...inside, "link", "set", "lo", "up"]);
    await must([...inside, "route", "add", "default", "via", `${subnet}.1`]);
    return place;
  }

  /** Runs a program in the namespace; throws with its output on failure. */
  run(argv: string[], env: Record<string, string>): string {
    const result = inNetworkNamespace(this.namespace, () =>
      Bun.spawnSync(argv, { env: { ...process.env, ...env }, stdin: "ignore", stdout: "pipe", stderr: "pipe" }),
    );
    if (result.exitCode !== 0) {
      throw new Error(`${argv.join(" ")} exited with ${result.exitCode}:\n${result.stdout}${result.stderr}`);
    }
    return result.stdout.toString();
  }

  start(argv: string[], env: Record<string, string>, streams: Streams = {}): Started {
    const stdin = streams.input === undefined ? "ignore" : Bun.file(streams.input);
    const child = inNetworkNamespace(this.namespace, () =>
      Bun.spawn(argv, {
        env: { ...process.env, ...env },
        stdin,
        stdout: streams.discard ? "ignore" : "pipe",
        stderr: "ignore",
      }),
    );
    return { exited: child.exited, output: child.stdout?.text() ?? Promise.resolve("") };
  }

  /** Starts a daemon that logs to the file `log` in the directory, after what an earlier one has logged. */
  daemon(argv: string[], env: Record<string, string> = {}): Bun.Subprocess {
    const log = openSync(join(this.directory, "log"), "a");
    try {
      return inNetworkNamespace(this.namespace, () =>
        Bun.spawn(argv, { env: { ...process.env, ...env }, stdin: "ignore", stdout: log, stderr: log }),
      );
    } finally {
      closeSync(log);
    }
  }

  /** Processes with this directory in their arguments, and the children of `daemon`. */
  processes(daemon?: number): number[] {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0 && pid !== process.pid && this.#isOurs(pid, daemon));
  }

  #isOurs(pid: number, daemon: number | undefined): boolean {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(this.directory)) return true;
      const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
      return daemon !== undefined && (pid === daemon || parent === daemon);
    } catch {
      return false;
    }
  }

  async dispose(): Promise<void> {
    await unmountAllUnder(this.directory);
    await program(["ip", "netns", "del", this.#name]);
    await program(["ip", "link", "del", this.#name]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Waits until an engine's API responds on its socket. */
export async function untilItAnswers(socket: string, daemon: Bun.Subprocess, log: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await fetch("http://localhost/_ping", { unix: socket }).catch(() => undefined);
    if (answer?.ok) return;
    if (daemon.exitCode !== null || Date.now() > deadline) {
      throw new Error(`the daemon does not answer:\n${(await Bun.file(log).text()).slice(-2000)}`);
    }
    await Bun.sleep(5);
  }
}
