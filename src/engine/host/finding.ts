// One thing found wanting on a host, and the shape of a check that finds it.
import type { HostFacts } from "../../runtime/spec/host.ts";
import type { EngineConfig } from "../config.ts";

export interface HostFinding {
  /** "error": containers cannot run; "warning": something works less well. */
  severity: "error" | "warning";
  problem: string;
  consequence: string;
  fix: string;
}

/** What one check finds; undefined entries are things that are well. */
export type Check = (host: HostFacts, config: EngineConfig) => (HostFinding | undefined)[];

export function error(problem: string, consequence: string, fix: string): HostFinding {
  return { severity: "error", problem, consequence, fix };
}

export function warning(problem: string, consequence: string, fix: string): HostFinding {
  return { severity: "warning", problem, consequence, fix };
}
