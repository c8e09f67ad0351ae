// Sockets that reserve the host's ports of containers, so that no program of the host takes them meanwhile.
import { closeSync } from "node:fs";
import { BerthError } from "../api/errors.ts";
import type { PortRange, TransportProtocol } from "../api/port-ranges.ts";
import { boundPorts } from "../linux/bound-ports.ts";
import { errorCode } from "../linux/errno.ts";
import { holdPort } from "../linux/port-holder.ts";
import { protocolNumbers } from "./firewall/entries.ts";
import { admissionFor, Forwarder, type ForwardTarget } from "./forwarder.ts";
import { bytesOf, formatEndpoint, type IpAddress, parseAddress } from "./ip.ts";

/** Longer ranges are only tried, not reserved: a range of 10,000 ports must not cost 20,000 sockets. */
const MAX_RESERVED_RANGE = 64;
/** For all containers together. */
const MAX_SOCKETS = 4096;

export class PortSockets {
  private readonly forwarder = new Forwarder();
  private open = 0;

  /**
   * Reserves the ports.
   * @param containerAddresses see {@link ForwardTarget}
   * @returns releases them.
   * @throws BerthError internal, in Docker's words, when a program has one.
   */
  hold(range: PortRange, containerAddresses: () => string[]): () => void {
    const addresses = range.hostAddresses.flatMap((text) => parseAddress(text) ?? []);
    const count = range.count * addresses.length;
    if (range.count > MAX_RESERVED_RANGE || this.open + count > MAX_SOCKETS) {
      tryPorts(range, addresses);
      return () => {};
    }
    const closers: (() => void)[] = [];
    try {
      for (let index = 0; index < range.count; index++) {
        const target = { addresses: containerAddresses, port: range.containerPort + index };
        for (const address of addresses) {
          closers.push(this.holdOne(range.protocol, address, range.hostPort + index, target));
        }
      }
    } catch (thrown) {
      for (const close of closers) close();
      throw thrown;
    }
    this.open += count;
    return () => {
      this.open -= count;
      for (const close of closers) close();
    };
  }

  private holdOne(protocol: TransportProtocol, address: IpAddress, port: number, target: ForwardTarget): () => void {
    const admission = protocol === "tcp" ? admissionFor(address, target) : "nothing";
    const descriptor = bind(protocol, address, port, admission);
    if (descriptor === undefined) return () => {};
    return admission === "nothing" ? () => closeSync(descriptor) : this.forwarder.forward(descriptor, target);
  }
}

/** Checks whether a program has one of the ports. In a long range only ports that are bound on some address are tried. */
function tryPorts({ protocol, hostPort, count }: PortRange, addresses: readonly IpAddress[]): void {
  const isLong = count > MAX_RESERVED_RANGE && protocol !== "sctp";
  const suspects = isLong ? boundPorts(protocol) : Array.from({ length: count }, (_, index) => hostPort + index);
  for (const port of suspects) {
    if (port < hostPort || port >= hostPort + count) continue;
    for (const address of addresses) {
      const descriptor = bind(protocol, address, port, "nothing");
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}

/** If the kernel lacks a protocol, no program uses it. */
const unknownProtocol = ["EPROTONOSUPPORT", "ESOCKTNOSUPPORT"];

const reasons: Record<string, string> = {
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "cannot assign requested address",
  EACCES: "permission denied",
};

function bind(
  protocol: TransportProtocol,
  address: IpAddress,
  port: number,
  admission: Parameters<typeof holdPort>[3],
): number | undefined {
  try {
    return holdPort(bytesOf(address), port, protocolNumbers[protocol], admission);
  } catch (thrown) {
    const code = errorCode(thrown) ?? "";
    if (unknownProtocol.includes(code)) return undefined;
    const reason = reasons[code] ?? String(thrown);
    const what = `failed to bind host port ${formatEndpoint(address, port)}/${protocol}`;
    throw new BerthError("internal", `${what}: ${reason}`, thrown);
  }
}
