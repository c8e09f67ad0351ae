// The attributes of a build that limit and connect the containers of its steps.
import { isIP } from "node:net";
import { BerthError } from "../../api/errors.ts";
import type { HostConfig } from "../../api/host-configuration.ts";

export type Attributes = Readonly<Record<string, string>>;

/** @throws BerthError invalidParameter */
export function hostConfigOf(attributes: Attributes): HostConfig {
  const network = networkOf(attributes["force-network-mode"] ?? "");
  return {
    Memory: numberOf(attributes, "memory"),
    MemorySwap: numberOf(attributes, "memswap"),
    CpuShares: numberOf(attributes, "cpushares"),
    CpuPeriod: numberOf(attributes, "cpuperiod"),
    CpuQuota: numberOf(attributes, "cpuquota"),
    CpusetCpus: attributes.cpusetcpus ?? "",
    CpusetMems: attributes.cpusetmems ?? "",
    CgroupParent: attributes["cgroup-parent"] ?? "",
    ShmSize: numberOf(attributes, "shm-size"),
    Ulimits: csvFields(attributes.ulimit ?? "").map(ulimitOf),
    ExtraHosts: csvFields(attributes["add-hosts"] ?? "").map(extraHostOf),
    ...(network === "" ? {} : { NetworkMode: network }),
  };
}

function networkOf(mode: string): string {
  if (mode === "" || mode === "sandbox" || mode === "default") return "";
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
  const [, Name = "", soft = "", hard = soft] = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(text) ?? [];
  if (Name === "") throw new BerthError("invalidParameter", `invalid ulimit argument: ${text}`);
  return { Name, Soft: Number(soft), Hard: Number(hard) };
}

function extraHostOf(text: string): string {
  const at = text.indexOf("=");
  if (at < 0) throw new BerthError("invalidParameter", `invalid key-value pair ${text}`);
  const address = text.slice(at + 1);
  if (isIP(address) === 0) throw new BerthError("invalidParameter", `failed to parse IP ${address}`);
  return `${text.slice(0, at).toLowerCase()}:${address}`;
}

/** The fields of one line of comma-separated values; quotes keep commas (RFC 4180). */
export function csvFields(line: string): string[] {
  if (line === "") return [];
  const fields: string[] = [];
  const expression = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/gy;
  for (;;) {
    const match = expression.exec(line);
    if (match === null) throw new BerthError("invalidParameter", `malformed list: ${line}`);
    const [, quoted, plain = "", separator] = match;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (separator === "") return fields;
  }
}

/** A boolean as Go reads it from text. */
export const isTrue = (text: string): boolean => ["1", "t", "true"].includes(text.toLowerCase());
