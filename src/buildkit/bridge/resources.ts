// Build attributes for resource limits and networking of step containers.

import { isIP } from "node:net";
import { csvFields } from "../../api/csv.ts";
import { BerthError } from "../../api/errors.ts";
import { splitPair } from "../../api/pairs.ts";
import type { HostRequest } from "../../engine/index.ts";

export type Attributes = Readonly<Record<string, string>>;

/** @throws BerthError invalidParameter */
export function hostConfigOf(attributes: Attributes): HostRequest {
  return {
    memory: numberOf(attributes, "memory"),
    memorySwap: numberOf(attributes, "memswap"),
    cpuShares: numberOf(attributes, "cpushares"),
    cpuPeriod: numberOf(attributes, "cpuperiod"),
    cpuQuota: numberOf(attributes, "cpuquota"),
    cpusetCpus: attributes.cpusetcpus ?? "",
    cpusetMems: attributes.cpusetmems ?? "",
    cgroupParent: attributes["cgroup-parent"] ?? "",
    shmSize: numberOf(attributes, "shm-size"),
    ulimits: csvFields(attributes.ulimit ?? "").map(ulimitOf),
    extraHosts: csvFields(attributes["add-hosts"] ?? "").map(extraHostOf),
    networkMode: networkOf(attributes["force-network-mode"] ?? ""),
  };
}

function networkOf(mode: string): HostRequest["networkMode"] {
  if (mode === "" || mode === "sandbox" || mode === "default") return undefined;
  if (mode === "host" || mode === "none") return mode;
  throw new BerthError("invalidParameter", `invalid netmode ${mode}`);
}

function numberOf(attributes: Attributes, name: string): number {
  const text = attributes[name] ?? "";
  if (text === "") return 0;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw new BerthError("invalidParameter", `invalid ${name} value: ${text}`);
}

function ulimitOf(text: string) {
  const [, name = "", soft = "", hard = soft] = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(text) ?? [];
  if (name === "") throw new BerthError("invalidParameter", `invalid ulimit argument: ${text}`);
  return { name, soft: Number(soft), hard: Number(hard) };
}

function extraHostOf(text: string): string {
  const [name, address] = splitPair(text);
  if (address === undefined) throw new BerthError("invalidParameter", `invalid key-value pair ${text}`);
  if (isIP(address) === 0) throw new BerthError("invalidParameter", `failed to parse IP ${address}`);
  return `${name.toLowerCase()}:${address}`;
}

/** Parses a boolean as Go's strconv does. */
export const isTrue = (text: string): boolean => ["1", "t", "true"].includes(text.toLowerCase());
