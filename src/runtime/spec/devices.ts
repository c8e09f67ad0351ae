// The devices of a container: which nodes it finds in /dev and what its device cgroup lets it do with them.
import { lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { join, posix } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { systemErrorReason, systemErrorText } from "../../api/system-errors.ts";
import type { HostConfiguration } from "../../engine/containers/configuration/host-configuration.ts";
import type { OciDevice, OciDeviceRule } from "./types.ts";

export interface DeviceAccess {
  nodes: OciDevice[];
  rules: OciDeviceRule[];
}

/** Docker's device cgroup: nothing but the harmless nodes that every container has; the runtime adds terminals. */
const DEFAULT_RULES: readonly OciDeviceRule[] = [
  { allow: false, access: "rwm" },
  { allow: true, type: "c", major: 1, minor: 5, access: "rwm" },
  { allow: true, type: "c", major: 1, minor: 3, access: "rwm" },
  { allow: true, type: "c", major: 1, minor: 9, access: "rwm" },
  { allow: true, type: "c", major: 1, minor: 8, access: "rwm" },
  { allow: true, type: "c", major: 5, minor: 0, access: "rwm" },
  { allow: true, type: "c", major: 5, minor: 1, access: "rwm" },
  { allow: false, type: "c", major: 10, minor: 229, access: "rwm" },
];

/** Entries of the host's /dev for its own terminals and mounts, which no container gets. */
const NEVER_SHARED = new Set(["pts", "shm", "fd", "mqueue", "console", ".lxc", ".lxd-mounts", ".udev"]);

/**
 * Reads the host's nodes for `--device`, `--device-cgroup-rule` and `--privileged`.
 * @throws BerthError invalidParameter in Docker's words for a device that is not there or a rule that is none.
 */
export function resolveDevices(hostConfig: HostConfiguration): DeviceAccess {
  if (hostConfig.privileged) {
    const nodes = hostDevices("/dev");
    const mapped = (hostConfig.devices ?? []).flatMap((device) => {
      const pathInContainer = device.pathInContainer ?? "";
      const alreadyThere = nodes.some((node) => node.path === pathInContainer);
      return alreadyThere || device.pathOnHost === pathInContainer
        ? []
        : mappedDevices(device.pathOnHost ?? "", pathInContainer);
    });
    return { nodes: [...nodes, ...mapped], rules: [{ allow: true, access: "rwm" }] };
  }
  const nodes: OciDevice[] = [];
  const rules: OciDeviceRule[] = [...DEFAULT_RULES];
  for (const device of hostConfig.devices ?? []) {
    const pathOnHost = device.pathOnHost ?? "";
    const found = mappedDevices(pathOnHost, device.pathInContainer || pathOnHost);
    nodes.push(...found);
    rules.push(...found.map((node) => ruleFor(node, device.cgroupPermissions || "rwm")));
  }
  rules.push(...(hostConfig.deviceCgroupRules ?? []).map(parseDeviceRule));
  return { nodes, rules };
}

/** "c 1:3 mr", "b *:* m": a type, numbers or "*", and accesses. */
export function parseDeviceRule(rule: string): OciDeviceRule {
  const match = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(rule);
  const type = match?.[1];
  if (!match || (type !== "a" && type !== "b" && type !== "c")) {
    throw new BerthError("invalidParameter", `invalid device cgroup rule format: '${rule}'`);
  }
  const parsed: OciDeviceRule = { allow: true, type, access: match[4] ?? "" };
  if (match[2] !== "*") parsed.major = Number(match[2]);
  if (match[3] !== "*") parsed.minor = Number(match[3]);
  return parsed;
}

/** The major and minor number of the block device at `path`, for the limits on its traffic. */
export function blockDeviceNumbers(path: string): { major: number; minor: number } {
  try {
    return numbersOf(statSync(path));
  } catch (thrown) {
    const reason = systemErrorText(thrown);
    if (reason === undefined) throw thrown;
    throw new BerthError("invalidParameter", reason, thrown);
  }
}

function ruleFor(node: OciDevice, access: string): OciDeviceRule {
  return { allow: true, type: node.type === "b" ? "b" : "c", major: node.major, minor: node.minor, access };
}

/** A directory on the host means every device below it. */
function mappedDevices(pathOnHost: string, pathInContainer: string): OciDevice[] {
  let status: Stats;
  try {
    status = statSync(pathOnHost);
  } catch (thrown) {
    throw gatheringFailed(pathOnHost, thrown);
  }
  const target = posix.normalize(pathInContainer);
  if (status.isDirectory()) {
    const nodes = hostDevices(pathOnHost);
    if (nodes.length === 0) throw gatheringFailed(pathOnHost, "not a device node");
    return nodes.map((node) => ({ ...node, path: join(target, posix.relative(pathOnHost, node.path)) }));
  }
  const node = nodeOf(target, status);
  if (!node) throw gatheringFailed(pathOnHost, "not a device node");
  return [node];
}

function hostDevices(directory: string): OciDevice[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (NEVER_SHARED.has(entry.name)) return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return hostDevices(path);
    const node = entry.isCharacterDevice() || entry.isBlockDevice() ? nodeOf(path, lstatSync(path)) : undefined;
    return node ? [node] : [];
  });
}

function nodeOf(path: string, status: Stats): OciDevice | undefined {
  const type = status.isBlockDevice() ? "b" : status.isCharacterDevice() ? "c" : undefined;
  if (!type) return undefined;
  return { path, type, ...numbersOf(status), fileMode: status.mode & 0o777, uid: status.uid, gid: status.gid };
}

/** glibc's layout of dev_t. */
function numbersOf(status: Stats): { major: number; minor: number } {
  const device = BigInt(status.rdev);
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return { major: Number(major), minor: Number(minor) };
}

function gatheringFailed(path: string, cause: unknown): BerthError {
  const reason = typeof cause === "string" ? cause : (systemErrorReason(cause) ?? String(cause));
  return new BerthError(
    "invalidParameter",
    `error gathering device information while adding custom device "${path}": ${reason}`,
  );
}
