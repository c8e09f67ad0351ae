// Runs the programs of other firewalls on the host, with a deadline.

const DEADLINE_MILLISECONDS = 30_000;

/** @returns its output. @throws Error with its error output if it fails or exceeds the deadline */
export async function runFirewallProgram(program: string, words: readonly string[]): Promise<string> {
  const child = Bun.spawn([program, ...words], {
    env: process.env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: DEADLINE_MILLISECONDS,
    killSignal: "SIGKILL",
  });
  const [output, errorOutput, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (exitCode !== 0) throw new Error(`${program} ${words.join(" ")}: ${errorOutput.trim()}`);
  return output;
}
