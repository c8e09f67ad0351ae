// The host's ports: which are given to which container, so that none is given twice.
import { readFileSync } from "node:fs";
import { BerthError } from "../api/errors.ts";
import type { ForwardTarget } from "./forwarder.ts";
import { formatAddress, type IpAddress } from "./ip.ts";
import { type PortRun, PortSockets } from "./port-sockets.ts";

/** Ports that were given out. Letting go of them is `release`. */
export interface HeldPorts extends PortRun {
  release(): void;
}

const RANGE_FILE = "/proc/sys/net/ipv4/ip_local_port_range";
const FALLBACK_RANGE: readonly [number, number] = [49153, 65535];

export class HostPorts {
  private readonly given = new Set<PortRun>();
  private readonly sockets = new PortSockets();
  private lastRandom = 0;

  /**
   * Gives out these very ports, after the kernel agreed that no one else has them. `target` is where the first leads.
   * @throws BerthError internal, in Docker's words, when one is taken.
   */
  take(run: PortRun, target: ForwardTarget): HeldPorts {
    for (const address of run.addresses) {
      const port = this.conflict(run, address);
      if (port !== undefined) {
        const what = `Bind for ${formatAddress(address)}:${port} failed`;
        throw new BerthError("internal", `${what}: port is already allocated`);
      }
    }
    return this.keep(run, this.sockets.hold(run, target));
  }

  /** Gives out the first port of the range that is free; 0 to 0 is the range the kernel gives out itself. */
  takeOneOf(
    wish: Pick<PortRun, "protocol" | "addresses"> & { firstPort: number; lastPort: number },
    target: ForwardTarget,
  ): HeldPorts {
    const { protocol, addresses, firstPort, lastPort } = wish;
    let refusal: unknown;
    for (const port of this.candidates(firstPort, lastPort)) {
      try {
        return this.take({ protocol, addresses, first: port, count: 1 }, target);
      } catch (thrown) {
        refusal ??= thrown;
      }
    }
    throw firstPort === 0 || !(refusal instanceof BerthError)
      ? new BerthError("internal", "all ports are allocated")
      : refusal;
  }

  /** Takes back ports a running container has had since before the engine was started. */
  retake(run: PortRun, target: ForwardTarget): HeldPorts {
    try {
      return this.keep(run, this.sockets.hold(run, target));
    } catch {
      // A program was faster while no engine ran; the container's rules come first all the same.
      return this.keep(run, () => {});
    }
  }

  private keep(run: PortRun, close: () => void): HeldPorts {
    this.given.add(run);
    const release = (): void => {
      if (this.given.delete(run)) close();
    };
    return { ...run, release };
  }

  /** The first port of the run that is given out already on an address that covers `address` or is covered by it. */
  private conflict({ protocol, first, count }: PortRun, { family, value }: IpAddress): number | undefined {
    for (const other of this.given) {
      const start = Math.max(first, other.first);
      if (other.protocol !== protocol || start >= Math.min(first + count, other.first + other.count)) continue;
      const meets = other.addresses.some(
        (address) => address.family === family && (address.value === 0n || value === 0n || address.value === value),
      );
      if (meets) return start;
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

/** Where ports are taken from when none is asked for: the kernel's own range for it. */
function ephemeralRange(): readonly [number, number] {
  try {
    const [first = 0, last = 0] = readFileSync(RANGE_FILE, "utf8").trim().split(/\s+/).map(Number);
    return first > 0 && last >= first ? [first, last] : FALLBACK_RANGE;
  } catch {
    return FALLBACK_RANGE;
  }
}
