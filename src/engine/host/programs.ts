// Checks the programs that the engine runs.
import type { HostFacts } from "../../runtime/spec/host.ts";
import type { EngineConfig } from "../config.ts";
import { error, type HostFinding, warning } from "./finding.ts";

/** A program, the impact of its absence, and its package. */
type Need = readonly [program: string, consequence: string, packageName: string];

export function programs(_host: HostFacts, config: EngineConfig): (HostFinding | undefined)[] {
  const runtime = config.runtimes[config.defaultRuntime]?.path ?? config.defaultRuntime;
  const needed: readonly Need[] = [
    [runtime, "containers cannot start", runtime],
    ["conmon", "containers cannot start", "conmon"],
    ["nft", "only the networks host and none work", "nftables"],
  ];
  const useful: readonly Need[] = [
    ["tar", "berth cp cannot copy directories", "tar"],
    ["ps", "top does not answer", "procps"],
    ["find", "the sizes of volumes are not known", "findutils"],
  ];
  return [...missing(needed, error), ...missing(useful, warning)];
}

function missing(needs: readonly Need[], found: typeof error): HostFinding[] {
  return needs
    .filter(([program]) => Bun.which(program) === null)
    .map(([program, consequence, name]) =>
      found(`${program} is not installed`, consequence, `apt-get install ${name}`),
    );
}
