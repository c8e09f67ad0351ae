// The host as a router: forwarding switched on without taking away what the host itself lives on.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Log } from "../api/log.ts";

const IPV6_INTERFACES = "/proc/sys/net/ipv6/conf";
const ACCEPT_WHILE_FORWARDING = "2";

/** Whether this host speaks IPv6 at all. */
export function hostHasIpv6(): boolean {
  return readOption(`${IPV6_INTERFACES}/all/disable_ipv6`) === "0";
}

/** Lets packets pass between interfaces. What cannot be set is logged: the engine works without, containers reach less. */
export function enableForwarding(log: Log): void {
  if (readOption("/proc/sys/net/ipv4/ip_forward") === "0") writeOption("/proc/sys/net/ipv4/ip_forward", "1", log);
  if (readOption(`${IPV6_INTERFACES}/all/forwarding`) !== "0") return;
  // A router does not listen to other routers: interfaces that got their routes that way would lose them.
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
    log.warn("a kernel option could not be set", { path, value, reason: String(thrown) });
  }
}
