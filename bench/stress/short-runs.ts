// One `run --rm` that must return its exact bytes on the right stream, and its exit code.
import type { CommandResult } from "../../test/support/command.ts";

export type Run = (argv: string[]) => Promise<CommandResult>;

/** Undefined when everything was as expected. */
export async function shortRun(number: number, run: Run): Promise<string | undefined> {
  const lines = (number * 37) % 400;
  const code = number % 5;
  const shell = `i=0; while [ $i -lt ${lines} ]; do echo "out ${number} $i"; echo "err ${number} $i" >&2; i=$((i+1)); done; exit ${code}`;
  const expected = (stream: string) =>
    Array.from({ length: lines }, (_, line) => `${stream} ${number} ${line}\n`).join("");
  const result = await run(["run", "--rm", "busybox", "sh", "-c", shell]);
  if (result.code !== code) return `run ${number}: exit code ${result.code}, not ${code}: ${result.stderr.slice(-200)}`;
  if (result.stdout !== expected("out"))
    return `run ${number}: stdout has ${result.stdout.length} bytes, not all right`;
  if (result.stderr !== expected("err"))
    return `run ${number}: stderr has ${result.stderr.length} bytes, not all right`;
  return undefined;
}
