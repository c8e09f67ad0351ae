// The ports of the host that containers have, so that none is given out twice.
import { readFileSync } from "node:fs";
import { BerthError } from "../api/errors.ts";
import type { PortRange } from "../api/port-ranges.ts";
import { isUnspecified, parseAddress } from "./ip.ts";
import { PortSockets } from "./port-sockets.ts";

/** Ports that a container has until they are released. */
export interface HeldPorts {
  range: PortRange;
  release(): void;
}

const RANGE_FILE = "/proc/sys/net/ipv4/ip_local_port_range";
const FALLBACK_RANGE: readonly [number, number] = [49153, 65535];

export class HostPorts {
  private readonly given = new Set<PortRange>();
  private readonly sockets = new PortSockets();
  private lastRandom = 0;

  /**
   * Takes exactly these ports, if neither a container nor a program of the host has one of them.
   * @param containerAddresses see {@link ForwardTarget}
   * @throws BerthError internal, in Docker's words, when one is taken.
   */
  take(range: PortRange, containerAddresses: () => string[]): HeldPorts {
    for (const address of range.hostAddresses) {
      const port = this.conflict(range, address);
      if (port !== undefined) {
        throw new BerthError("internal", `Bind for ${address}:${port} failed: port is already allocated`);
      }
    }
    return this.keep(range, this.sockets.hold(range, containerAddresses));
  }

  /** Takes the first free port from `range.hostPort` to `last`; from the kernel's ephemeral ports if that is 0. */
  takeOneOf(range: PortRange, last: number, containerAddresses: () => string[]): HeldPorts {
    let refusal: unknown;
    for (const hostPort of this.candidates(range.hostPort, last)) {
      try {
        return this.take({ ...range, hostPort }, containerAddresses);
      } catch (thrown) {
        refusal ??= thrown;
      }
    }
    throw range.hostPort === 0 || !(refusal instanceof BerthError)
      ? new BerthError("internal", "all ports are allocated")
      : refusal;
  }

  /** Takes back the ports of a container that kept running while no engine did. */
  retake(range: PortRange, containerAddresses: () => string[]): HeldPorts {
    try {
      return this.keep(range, this.sockets.hold(range, containerAddresses));
    } catch {
      // A program of the host took one meanwhile; but the container's firewall rules take precedence.
      return this.keep(range, () => {});
    }
  }

  private keep(range: PortRange, close: () => void): HeldPorts {
    this.given.add(range);
    const release = (): void => {
      if (this.given.delete(range)) close();
    };
    return { range, release };
  }

  /** The first port of the range that is taken already on an address that covers `text` or is covered by it. */
  private conflict({ protocol, hostPort, count }: PortRange, text: string): number | undefined {
    for (const other of this.given) {
      const start = Math.max(hostPort, other.hostPort);
      const end = Math.min(hostPort + count, other.hostPort + other.count);
      if (other.protocol !== protocol || start >= end) continue;
      if (other.hostAddresses.some((address) => overlap(address, text))) return start;
    }
    return undefined;
  }

  private *candidates(firstPort: number, lastPort: number): Generator<number> {
    const [first, last] = firstPort === 0 ? ephemeralRange() : [firstPort, lastPort];
    const count = last - first + 1;
    const start = firstPort === 0 && this.lastRandom >= first && this.lastRandom < last ? this.lastRandom + 1 : first;
    for (let offset = 0; offset < count; offset++) {
      const port = first + ((start - first + offset) % count);
      if (firstPort === 0) this.lastRandom = port;
      yield port;
    }
  }
}

function overlap(one: string, other: string): boolean {
  const [first, second] = [parseAddress(one), parseAddress(other)];
  if (!first || !second || first.family !== second.family) return false;
  return isUnspecified(first) || isUnspecified(second) || first.value === second.value;
}

/** The ports that the kernel itself chooses from. */
function ephemeralRange(): readonly [number, number] {
  try {
    const [first = 0, last = 0] = readFileSync(RANGE_FILE, "utf8").trim().split(/\s+/).map(Number);
    return first > 0 && last >= first ? [first, last] : FALLBACK_RANGE;
  } catch {
    return FALLBACK_RANGE;
  }
}
