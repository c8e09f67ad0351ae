// Ranges of published ports taken apart and put together.
import type { PublishedPorts } from "./records.ts";

/** A range as its ports. */
export function singlePorts(ports: PublishedPorts): PublishedPorts[] {
  const { port, hostPort, count } = ports;
  return Array.from({ length: count }, (_, index) => ({
    ...ports,
    port: port + index,
    hostPort: hostPort === 0 ? 0 : hostPort + index,
    count: 1,
  }));
}

/** Ports that follow each other on both sides as ranges; the ports of one address must come in order. */
export function ranges(ports: readonly PublishedPorts[]): PublishedPorts[] {
  const found: PublishedPorts[] = [];
  for (const next of ports) {
    const last = found.at(-1);
    const continues =
      last &&
      last.protocol === next.protocol &&
      last.hostAddress === next.hostAddress &&
      last.port + last.count === next.port &&
      last.hostPort + last.count === next.hostPort;
    if (continues) last.count += next.count;
    else found.push({ ...next });
  }
  return found;
}
