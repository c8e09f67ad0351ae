// The programs the engine runs.
import type { HostFacts } from "../../runtime/spec/host.ts";
import type { EngineConfig } from "../config.ts";
import { error, type HostFinding } from "./finding.ts";

export function programs(_host: HostFacts, config: EngineConfig): (HostFinding | undefined)[] {
  const runtime = config.runtimes[config.defaultRuntime]?.path ?? config.defaultRuntime;
  const needed: [program: string, consequence: string, packageName: string][] = [
    [runtime, "containers cannot start", runtime],
    ["conmon", "containers cannot start", "conmon"],
    ["nft", "containers get no network apart from host and none", "nftables"],
    ["tar", "images cannot be unpacked", "tar"],
  ];
  return needed
    .filter(([program]) => Bun.which(program) === null)
    .map(([program, consequence, packageName]) =>
      error(`${program} is not installed`, consequence, `apt-get install ${packageName}`),
    );
}
