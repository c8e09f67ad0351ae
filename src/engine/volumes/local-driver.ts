// The "local" driver: a directory in the data root, with an optional filesystem mounted on it while containers use it.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { getSystemErrorMap } from "node:util";
import { BerthError, messageOf } from "../../api/errors.ts";
import { errorCode } from "../../linux/errno.ts";
import { MNT_DETACH, MS_BIND, MS_RDONLY, MS_REMOUNT, mount, unmount } from "../../linux/mount.ts";
import { mountsWithin } from "../../linux/mount-info.ts";
import { parseMountOptions } from "../../linux/mount-options.ts";

export const LOCAL_DRIVER = "local";

const KNOWN_OPTIONS = ["type", "o", "device", "size"];
const REQUIRED_WITH: readonly [string, readonly string[]][] = [
  ["device", ["type"]],
  ["type", ["device"]],
  ["o", ["device", "type"]],
];
const NETWORK_TYPES = new Set(["nfs", "nfs4", "cifs"]);

/** @throws BerthError invalidParameter in Docker's words. */
export function checkLocalOptions(options: Readonly<Record<string, string>>): void {
  const refuse = (reason: string): never => {
    throw new BerthError("invalidParameter", reason);
  };
  const unknown = Object.keys(options).find((name) => !KNOWN_OPTIONS.includes(name));
  if (unknown !== undefined) refuse(`invalid option: "${unknown}"`);
  if (options.size !== undefined) refuse("quota size requested but no quota support");
  for (const [name, required] of REQUIRED_WITH) {
    const missing = options[name] === undefined ? undefined : required.find((other) => options[other] === undefined);
    if (missing !== undefined) refuse(`missing required option: "${missing}"`);
  }
  if (options.type === "cifs" && /^\/\/[^/]*:\d/.test(options.device ?? "")) {
    refuse("port not allowed in CIFS device URL, include 'port' in 'o='");
  }
}

/** Whether a volume with these options is a mount and not a plain directory. */
export function needsMount(options: Readonly<Record<string, string>>): boolean {
  return (options.device ?? "") !== "" || (options.type ?? "") !== "";
}

/** Mounts a volume at `target`. @throws BerthError internal, without passwords from the options */
export async function mountLocal(options: Readonly<Record<string, string>>, target: string): Promise<void> {
  const { type = "", device = "" } = options;
  try {
    const resolved = NETWORK_TYPES.has(type) ? await resolveServer(options) : { device, text: options.o ?? "" };
    const { flags, propagation, data } = parseMountOptions(resolved.text);
    mount(resolved.device, target, type, flags, data);
    // The kernel ignores other flags when it creates a bind mount.
    if (flags & MS_BIND && flags & MS_RDONLY) mount("none", target, "none", flags | MS_REMOUNT);
    if (propagation !== 0) mount("none", target, "none", propagation);
  } catch (thrown) {
    const reason = reasonOf(thrown).replaceAll(/password=[^,\s]*/g, "password=********");
    const why = `failed to mount local volume: mount ${device}:${target}: ${reason}`;
    throw new BerthError("internal", `error while mounting volume '${target}': ${why}`);
  }
}

/** In the system's words, which clients match on. */
function reasonOf(thrown: unknown): string {
  const words = new Map(getSystemErrorMap().values());
  return words.get(errorCode(thrown) ?? "") ?? messageOf(thrown);
}

/** Unmounts everything at `target` and below. */
export function unmountLocal(target: string): void {
  for (const mounted of mountsWithin(target)) unmount(mounted, MNT_DETACH);
}

/** Resolves the host name in "addr=" or in a CIFS device: the kernel only accepts addresses. */
async function resolveServer(options: Readonly<Record<string, string>>): Promise<{ device: string; text: string }> {
  const { device = "", o: text = "", type } = options;
  const named = /(?:^|,)addr=([^,]+)/.exec(text)?.[1];
  if (named !== undefined) return { device, text: text.replace(`addr=${named}`, `addr=${await addressOf(named)}`) };
  const host = type === "cifs" ? /^\/\/([^/]+)/.exec(device)?.[1] : undefined;
  if (host === undefined) return { device, text };
  return { device: device.replace(host, await addressOf(host)), text };
}

async function addressOf(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  const { address } = await lookup(host);
  return address;
}
