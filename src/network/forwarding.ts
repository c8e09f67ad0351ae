// Enables IP forwarding on the host without breaking the host's own connectivity.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Log } from "../api/log.ts";

const IPV6_INTERFACES = "/proc/sys/net/ipv6/conf";
const ACCEPT_WHILE_FORWARDING = "2";

/** Whether IPv6 is enabled on this host. */
export function hostHasIpv6(): boolean {
  return readOption(`${IPV6_INTERFACES}/all/disable_ipv6`) === "0";
}

/** Failures are logged: containers then reach less, but the engine works. */
export function enableForwarding(log: Log): void {
  if (readOption("/proc/sys/net/ipv4/ip_forward") === "0") writeOption("/proc/sys/net/ipv4/ip_forward", "1", log);
  if (readOption(`${IPV6_INTERFACES}/all/forwarding`) !== "0") return;
  // With forwarding enabled, interfaces ignore router advertisements by default and would lose their routes.
  for (const name of readdirSync(IPV6_INTERFACES)) {
    const path = `${IPV6_INTERFACES}/${name}/accept_ra`;
    if (readOption(path) === "1") writeOption(path, ACCEPT_WHILE_FORWARDING, log);
  }
  writeOption(`${IPV6_INTERFACES}/all/forwarding`, "1", log);
}

function readOption(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

function writeOption(path: string, value: string, log: Log): void {
  try {
    writeFileSync(path, value);
  } catch (thrown) {
    log.warn("failed to set kernel option", { path, value, reason: String(thrown) });
  }
}
