// Which ports programs of this host have, all at once: for thousands of ports, cheaper than trying each.
import { readFileSync } from "node:fs";

/** TCP sockets that listen; a UDP socket has its port as soon as it is bound. */
const LISTENING = "0A";

/** The ports that some program has on some address, of either family. */
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

/** The rows of a table without its head; none where the kernel lacks the protocol. */
function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n").slice(1).filter(Boolean);
  } catch {
    return [];
  }
}
