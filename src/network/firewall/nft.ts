// Runs nft.
import { BerthError } from "../../api/errors.ts";
import { ProgramError, runFirewallProgram } from "./program.ts";

/** On a busy machine that boots, nft may take many seconds. */
const DEADLINE_MILLISECONDS = 60_000;

/** Loads a ruleset in one transaction. @throws BerthError internal with the output of nft */
export async function loadRules(text: string): Promise<void> {
  await run(["-f", "-"], text);
}

/** The rules of a chain, as text; undefined if the chain does not exist. */
export async function listRules(table: string, chain: string): Promise<string[] | undefined> {
  const text = await run(["--stateless", "list", "chain", "inet", table, chain], "").catch(() => undefined);
  return text
    ?.split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && line !== "}" && !line.endsWith("{"));
}

/** Whether a set has this interface; false if the set does not exist. */
export async function hasInterface(table: string, set: string, name: string): Promise<boolean> {
  const text = await run(["list", "set", "inet", table, set], "").catch(() => "");
  return text.includes(`"${name}"`);
}

async function run(words: string[], input: string): Promise<string> {
  const program = Bun.which("nft");
  if (program === null) throw new BerthError("internal", "nft is not installed: install the package nftables");
  try {
    return await runFirewallProgram(program, words, { input, deadlineMilliseconds: DEADLINE_MILLISECONDS });
  } catch (thrown) {
    if (!(thrown instanceof ProgramError)) throw thrown;
    throw new BerthError("internal", `nft failed to load the rules: ${thrown.reason}`, thrown);
  }
}
