// A finding about the host, and the type of checks.
import type { HostFacts } from "../../runtime/spec/host.ts";
import type { EngineConfig } from "../config.ts";

export interface HostFinding {
  /** "error": containers cannot run; "warning": reduced functionality. */
  severity: "error" | "warning";
  problem: string;
  consequence: string;
  fix: string;
}

/** The findings of one check; undefined entries are passed checks. */
export type Check = (host: HostFacts, config: EngineConfig) => (HostFinding | undefined)[];

export function error(problem: string, consequence: string, fix: string): HostFinding {
  return { severity: "error", problem, consequence, fix };
}

export function warning(problem: string, consequence: string, fix: string): HostFinding {
  return { severity: "warning", problem, consequence, fix };
}
