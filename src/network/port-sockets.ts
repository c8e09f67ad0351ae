// The sockets that keep the host's ports for containers, so that no other program of the host takes them meanwhile.
import { closeSync } from "node:fs";
import { BerthError } from "../api/errors.ts";
import { boundPorts } from "../linux/bound-ports.ts";
import { errorCode } from "../linux/libc.ts";
import { holdPort } from "../linux/port-holder.ts";
import { protocolNumbers, type TransportProtocol } from "./firewall/entries.ts";
import { admissionFor, Forwarder, type ForwardTarget } from "./forwarder.ts";
import { bytesOf, formatEndpoint, type IpAddress } from "./ip.ts";

/** Ports that follow each other, the same on every one of the addresses. */
export interface PortRun {
  protocol: TransportProtocol;
  addresses: IpAddress[];
  first: number;
  count: number;
}

/** Longer runs are only tried, not kept from others: a range of 10,000 must not cost 20,000 sockets. */
const LONGEST_RUN_HELD = 64;
/** What all containers together may have. */
const MAX_SOCKETS = 4096;

export class PortSockets {
  private readonly forwarder = new Forwarder();
  private open = 0;

  /**
   * Takes the ports from the host's programs. `target` is where the first of them leads.
   * @returns what lets go of them.
   * @throws BerthError internal, in Docker's words, when a program has one.
   */
  hold(run: PortRun, target: ForwardTarget): () => void {
    const count = run.count * run.addresses.length;
    if (run.count > LONGEST_RUN_HELD || this.open + count > MAX_SOCKETS) {
      tryPorts(run);
      return () => {};
    }
    const closers: (() => void)[] = [];
    try {
      for (let index = 0; index < run.count; index++) {
        const own = { ...target, port: target.port + index };
        for (const address of run.addresses) closers.push(this.holdOne(run.protocol, address, run.first + index, own));
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

/** Finds out whether a program has one of the ports. Of many, only those some program has anywhere are tried. */
function tryPorts({ protocol, addresses, first, count }: PortRun): void {
  const isLong = count > LONGEST_RUN_HELD && protocol !== "sctp";
  const suspects = isLong ? boundPorts(protocol) : Array.from({ length: count }, (_, index) => first + index);
  for (const port of suspects) {
    if (port < first || port >= first + count) continue;
    for (const address of addresses) {
      const descriptor = bind(protocol, address, port, "nothing");
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}

/** A kernel without a protocol has no program that uses it. */
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
