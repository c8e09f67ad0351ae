// The host's ports: which are given to which container, so that none is given twice, and the sockets that keep other
// programs of the host from taking them meanwhile.
import { closeSync, readFileSync } from "node:fs";
import { BerthError } from "../api/errors.ts";
import { errorCode } from "../linux/libc.ts";
import { holdPort } from "../linux/port-holder.ts";
import { protocolNumbers, type TransportProtocol } from "./firewall/entries.ts";
import { admissionFor, type ForwardTarget, forwardConnections } from "./forwarder.ts";
import { bytesOf, formatAddress, formatEndpoint, type IpAddress, sameAddress } from "./ip.ts";

/** One wish: the same port on all of `addresses`. 0 to 0 is any free port. */
export interface PortWish {
  protocol: TransportProtocol;
  addresses: IpAddress[];
  firstPort: number;
  lastPort: number;
  /** Where connections go that only a program can pass on; asked for each. */
  target: ForwardTarget;
}

/** A port that was given out. Letting go of it is `release`. */
export interface HeldPort {
  protocol: TransportProtocol;
  addresses: IpAddress[];
  port: number;
  release(): void;
}

const RANGE_FILE = "/proc/sys/net/ipv4/ip_local_port_range";
const FALLBACK_RANGE: readonly [number, number] = [49153, 65535];

/** Beyond so many, a port is only tried, not kept from others: a range of 10,000 must not cost 20,000 sockets. */
const MAX_SOCKETS = 1024;

export class HostPorts {
  private readonly given = new Map<string, IpAddress[]>();
  private sockets = 0;
  private lastRandom = 0;

  /**
   * Gives out a port, after the kernel agreed that no one else has it.
   * @throws BerthError internal, in Docker's words, when it is taken.
   */
  take(wish: PortWish): HeldPort {
    const { firstPort, lastPort } = wish;
    if (firstPort !== 0 && firstPort === lastPort) return this.takeExactly(wish, firstPort);
    let refusal: unknown;
    for (const port of this.candidates(firstPort, lastPort)) {
      try {
        return this.takeExactly(wish, port);
      } catch (thrown) {
        refusal ??= thrown;
      }
    }
    throw firstPort === 0 || !(refusal instanceof BerthError)
      ? new BerthError("internal", "all ports are allocated")
      : refusal;
  }

  /** Takes back a port a running container has had since before the engine was started. */
  retake(held: Omit<HeldPort, "release">, target: ForwardTarget): HeldPort {
    this.remember(held);
    return { ...held, release: this.releaser(held, this.tryHold(held, target)) };
  }

  private takeExactly({ protocol, addresses, target }: PortWish, port: number): HeldPort {
    for (const address of addresses) {
      if (this.conflicts(protocol, address, port)) {
        throw new BerthError(
          "internal",
          `Bind for ${formatAddress(address)}:${port} failed: port is already allocated`,
        );
      }
    }
    const held = { protocol, addresses, port };
    const release = this.releaser(held, this.hold(held, target));
    this.remember(held);
    return { ...held, release };
  }

  private remember({ protocol, addresses, port }: Omit<HeldPort, "release">): void {
    const key = `${protocol}/${port}`;
    this.given.set(key, [...(this.given.get(key) ?? []), ...addresses]);
  }

  private releaser(held: Omit<HeldPort, "release">, closers: (() => void)[]): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const key = `${held.protocol}/${held.port}`;
      const left = (this.given.get(key) ?? []).filter(
        (one) => !held.addresses.some((other) => sameAddress(one, other)),
      );
      if (left.length > 0) this.given.set(key, left);
      else this.given.delete(key);
      for (const close of closers) close();
      this.sockets -= closers.length;
    };
  }

  private conflicts(protocol: TransportProtocol, address: IpAddress, port: number): boolean {
    const others = this.given.get(`${protocol}/${port}`) ?? [];
    return others.some(
      (other) =>
        other.family === address.family &&
        (other.value === 0n || address.value === 0n || other.value === address.value),
    );
  }

  /** Binds the port on every address. What is held is closed by the functions returned. */
  private hold({ protocol, addresses, port }: Omit<HeldPort, "release">, target: ForwardTarget): (() => void)[] {
    const closers: (() => void)[] = [];
    const keep = this.sockets + addresses.length <= MAX_SOCKETS;
    try {
      for (const address of addresses) {
        if (keep) closers.push(this.holdOne(protocol, address, port, target));
        else closeSync(holdPort(bytesOf(address), port, protocolNumbers[protocol], "nothing"));
      }
    } catch (thrown) {
      for (const close of closers) close();
      if (unknownProtocol.includes(errorCode(thrown) ?? "")) return [];
      throw new BerthError("internal", bindFailure(protocol, addresses[closers.length], port, thrown), thrown);
    }
    this.sockets += closers.length;
    return closers;
  }

  private holdOne(protocol: TransportProtocol, address: IpAddress, port: number, target: ForwardTarget): () => void {
    const admission = protocol === "tcp" ? admissionFor(address, target) : "nothing";
    const descriptor = holdPort(bytesOf(address), port, protocolNumbers[protocol], admission);
    return admission === "nothing" ? () => closeSync(descriptor) : forwardConnections(descriptor, target);
  }

  private tryHold(held: Omit<HeldPort, "release">, target: ForwardTarget): (() => void)[] {
    try {
      return this.hold(held, target);
    } catch {
      return [];
    }
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

/** A kernel without a protocol has no other program that uses it. */
const unknownProtocol = ["EPROTONOSUPPORT", "ESOCKTNOSUPPORT"];

const reasons: Record<string, string> = {
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "cannot assign requested address",
  EACCES: "permission denied",
};

function bindFailure(
  protocol: TransportProtocol,
  address: IpAddress | undefined,
  port: number,
  thrown: unknown,
): string {
  const reason = reasons[errorCode(thrown) ?? ""] ?? String(thrown);
  const endpoint = address ? formatEndpoint(address, port) : String(port);
  return `failed to bind host port ${endpoint}/${protocol}: ${reason}`;
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
