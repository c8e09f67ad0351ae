// Lists the ports in use on this host. For thousands of ports this is cheaper than trying each.
import { readFileSync } from "node:fs";

/** TCP_LISTEN. A UDP socket occupies its port once bound. */
const LISTENING = "0A";

/** The ports that are in use on any address of either family. */
export function boundPorts(protocol: "tcp" | "udp"): Set<number> {
  const ports = new Set<number>();
  for (const table of [protocol, `${protocol}6`]) {
    for (const line of linesOf(`/proc/thread-self/net/${table}`)) {
      const [, local = "", , state] = line.trim().split(/\s+/);
      if (protocol === "tcp" && state !== LISTENING) continue;
      ports.add(Number.parseInt(local.slice(local.indexOf(":") + 1), 16));
    }
  }
  return ports;
}

/** The rows of a table without its header; none if the kernel lacks the protocol. */
function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n").slice(1).filter(Boolean);
  } catch {
    return [];
  }
}
