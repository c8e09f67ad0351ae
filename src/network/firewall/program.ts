// Runs the programs of other firewalls on the host, which may hang.

const DEADLINE_MILLISECONDS = 30_000;

/** @returns what it printed. @throws Error with its complaint when it fails or does not end. */
export async function runFirewallProgram(program: string, words: readonly string[]): Promise<string> {
  const child = Bun.spawn([program, ...words], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: DEADLINE_MILLISECONDS,
    killSignal: "SIGKILL",
  });
  const [output, complaint, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (exitCode !== 0) throw new Error(`${program} ${words.join(" ")}: ${complaint.trim()}`);
  return output;
}
