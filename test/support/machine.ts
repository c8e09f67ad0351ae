// A network namespace that acts as another machine, connected by its own link and route.
import { readFileSync } from "node:fs";
import { type CommandResult, command, mustRun } from "./command.ts";
import { fetching } from "./fetch.ts";

let machines = 0;

/** A network 10.253.N.0/24 that this host has no route to. Never 0, because IPv6 addresses are written without it. */
function freeNumber(seed: number): number {
  // The second field is the destination in hexadecimal, with its first byte last.
  const destinations = readFileSync("/proc/net/route", "utf8").matchAll(/^\S+\s+00(\w\w)FD0A\s/gm);
  const taken = new Set([...destinations].map(([, third = ""]) => Number.parseInt(third, 16)));
  const candidates = Array.from({ length: 250 }, (_, index) => ((seed + index) % 250) + 1);
  return candidates.find((number) => !taken.has(number)) ?? 1;
}

export class Machine {
  readonly name: string;
  /** The host's interface of the veth pair. */
  readonly hostInterface: string;
  /** This host's addresses as the machine reaches them. */
  readonly hostAddress: string;
  readonly hostAddress6: string;
  /** The machine's own addresses. */
  readonly address: string;
  readonly address6: string;

  constructor() {
    const number = freeNumber(process.pid * 3 + machines++);
    this.name = `bm${process.pid}n${machines}`;
    this.hostInterface = `${this.name}h`.slice(0, 15);
    this.hostAddress = `10.253.${number}.1`;
    this.address = `10.253.${number}.2`;
    this.hostAddress6 = `fd42:bead:${number}::1`;
    this.address6 = `fd42:bead:${number}::2`;
  }

  /** Creates the machine. Use with `await using`, or call {@link Machine.dispose}. */
  static async start(): Promise<Machine> {
    const machine = new Machine();
    const { name, hostInterface, hostAddress, address, hostAddress6, address6 } = machine;
    await mustRun(["ip", "netns", "add", name]);
    await mustRun(["ip", "link", "add", hostInterface, "type", "veth", "peer", "name", "eth0", "netns", name]);
    await mustRun(["ip", "address", "add", `${hostAddress}/24`, "dev", hostInterface]);
    await mustRun(["ip", "address", "add", `${hostAddress6}/64`, "dev", hostInterface, "nodad"]);
    await mustRun(["ip", "link", "set", hostInterface, "up"]);
    const inside = ["ip", "-n", name];
    await mustRun([...inside, "link", "set", "lo", "up"]);
    await mustRun([...inside, "address", "add", `${address}/24`, "dev", "eth0"]);
    await mustRun([...inside, "address", "add", `${address6}/64`, "dev", "eth0", "nodad"]);
    await mustRun([...inside, "link", "set", "eth0", "up"]);
    await mustRun([...inside, "route", "add", "default", "via", hostAddress]);
    await mustRun([...inside, "route", "add", "default", "via", hostAddress6]);
    return machine;
  }

  /** Runs a program in the machine. */
  run(argv: string[]): Promise<CommandResult> {
    return command(["ip", "netns", "exec", this.name, ...argv]);
  }

  /** The body of a page fetched from the machine; undefined if the connection fails. */
  async fetch(url: string): Promise<string | undefined> {
    const { code, stdout } = await this.run(fetching(url));
    return code === 0 ? stdout : undefined;
  }

  async dispose(): Promise<void> {
    await command(["ip", "netns", "del", this.name]);
    await command(["ip", "link", "del", this.hostInterface]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
