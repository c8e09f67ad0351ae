// Checks of the host: what is missing, its impact, and the command that fixes it.
import { type HostFacts, readHostFacts } from "../runtime/spec/host.ts";
import type { EngineConfig } from "./config.ts";
import { controlGroups, hybridControlGroups, limitsSupport } from "./host/control-groups.ts";
import type { Check, HostFinding } from "./host/finding.ts";
import { confinement, kernel, privileges } from "./host/kernel.ts";
import { forwarding, packetFilter } from "./host/network.ts";
import { programs } from "./host/programs.ts";
import { storage } from "./host/storage.ts";

export type { HostFinding } from "./host/finding.ts";

const topics: readonly [name: string, checks: readonly Check[]][] = [
  ["Privileges", [privileges]],
  ["Kernel", [kernel, confinement]],
  ["Programs", [programs]],
  ["Control groups", [controlGroups, hybridControlGroups, limitsSupport]],
  ["Storage", [storage]],
  ["Network", [packetFilter, forwarding]],
];

/** The findings of one topic; none means everything is well. */
export interface HostReport {
  topic: string;
  findings: HostFinding[];
}

export function examineHost(host: HostFacts, config: EngineConfig): HostReport[] {
  return topics.map(([topic, checks]) => ({
    topic,
    findings: checks.flatMap((check) => check(host, config)).filter((finding) => finding !== undefined),
  }));
}

/** {@link examineHost} for this host. */
export function examineThisHost(config: EngineConfig): HostReport[] {
  return examineHost(readHostFacts(), config);
}

/** All findings, errors first. */
export function checkHost(host: HostFacts, config: EngineConfig): HostFinding[] {
  const findings = examineHost(host, config).flatMap((report) => report.findings);
  return findings.toSorted((left, right) => left.severity.localeCompare(right.severity));
}

/** A finding as one line, as `info` shows it. */
export function findingLine({ problem, consequence, fix }: HostFinding): string {
  return `${problem}: ${consequence}. Fix: ${fix}`;
}
