// Runs programs in tests: arguments, output, exit code.

export interface CommandResult {
  /** 128 plus the signal's number if a signal killed it, as in a shell. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  /** Added to the environment. */
  env?: Record<string, string>;
  cwd?: string;
  /** Standard input; empty by default. */
  input?: string | Uint8Array;
  /** Milliseconds until it is killed and the call throws; 60 seconds by default. */
  deadline?: number;
}

const signalNumbers: Record<string, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/** Runs a program until it exits. Throws if it cannot be started or exceeds its deadline, never for its exit code. */
export async function command(argv: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const deadline = options.deadline ?? 60_000;
  const input = typeof options.input === "string" ? Buffer.from(options.input) : options.input;
  const child = Bun.spawn(argv, {
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
    stdin: input ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, deadline);
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  clearTimeout(timer);
  if (late) throw new Error(`${argv.join(" ")} did not end in ${deadline} ms\nstdout: ${stdout}\nstderr: ${stderr}`);
  const code = child.signalCode ? 128 + (signalNumbers[child.signalCode] ?? 0) : (child.exitCode ?? -1);
  return { code, stdout, stderr };
}

/** Like {@link command}, for steps that must succeed: throws with all output if the exit code is not 0. */
export async function mustRun(argv: string[], options: CommandOptions = {}): Promise<string> {
  const result = await command(argv, options);
  if (result.code !== 0) {
    throw new Error(`${argv.join(" ")} exited with ${result.code}\n${result.stdout}${result.stderr}`);
  }
  return result.stdout;
}

/** Calls `probe` until it gives something other than undefined or false; throws after `deadline` milliseconds. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  deadline = 60_000,
): Promise<T> {
  const end = Date.now() + deadline;
  while (Date.now() < end) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    await Bun.sleep(20);
  }
  throw new Error(`waited ${deadline} ms for ${what}`);
}
