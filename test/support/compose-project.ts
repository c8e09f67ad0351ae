// A Compose project in a directory of its own, run by Berth's `compose` on a daemon.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CommandResult } from "./command.ts";
import type { TestDaemon } from "./daemon.ts";

/** A service that runs until it is stopped, as a flow mapping without its braces. */
export const SLEEPER = "image: busybox, init: true, stop_grace_period: 1s, command: sleep 1000";

/** Use with `await using`: the project goes down, and its directory is removed. */
export class ComposeProject {
  readonly directory: string;
  readonly #daemon: TestDaemon;

  /** @param files contents by path */
  constructor(daemon: TestDaemon, files: Readonly<Record<string, string>>) {
    this.#daemon = daemon;
    this.directory = mkdtempSync(join(tmpdir(), "berth-compose-"));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    writeFileSync(join(this.directory, path), text);
  }

  run(argv: readonly string[], env: Record<string, string> = {}): Promise<CommandResult> {
    return this.#daemon.berth(["compose", ...argv], {
      cwd: this.directory,
      env: { PWD: this.directory, ...env },
      deadline: 110_000,
    });
  }

  /** Runs what must succeed. Returns standard output. */
  async must(argv: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(argv, env);
    if (code !== 0) throw new Error(`compose ${argv.join(" ")}: ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run(["down", "-v", "-t", "0", "--remove-orphans"]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
