// Runs nft with a ruleset on its stdin.
import { BerthError } from "../../api/errors.ts";

const DEADLINE_MILLISECONDS = 10_000;

/** Loads the text in one transaction. @throws BerthError internal with what nft says. */
export async function runNft(text: string): Promise<void> {
  const program = Bun.which("nft");
  if (program === null) throw new BerthError("internal", "nft is not installed: install the package nftables");
  const child = Bun.spawn([program, "-f", "-"], {
    stdin: Buffer.from(text),
    stdout: "ignore",
    stderr: "pipe",
    timeout: DEADLINE_MILLISECONDS,
    killSignal: "SIGKILL",
  });
  const [complaint, exitCode] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (exitCode === 0) return;
  const reason = child.signalCode ? `no answer in ${DEADLINE_MILLISECONDS / 1000} seconds` : complaint.trim();
  throw new BerthError("internal", `nft refused the rules: ${reason}`);
}
