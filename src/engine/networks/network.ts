// A network: its record and its allocated addresses.
import { BerthError } from "../../api/errors.ts";
import { AddressPool, type Refusal } from "../../network/address-pool.ts";
import { type DriverNetwork, type NetworkDriver, OPTION_MTU } from "../../network/drivers/driver.ts";
import {
  contains,
  type Family,
  formatAddress,
  type IpAddress,
  type IpPrefix,
  parseAddress,
  parsePrefix,
} from "../../network/ip.ts";
import type { IpamPool, NetworkRecord } from "./records.ts";

export class Network {
  readonly record: NetworkRecord;
  /** Undefined for "host" and "null", which have no interfaces. */
  readonly driver: NetworkDriver | undefined;
  private readonly pools: AddressPool[] = [];
  private readonly gateways: IpPrefix[] = [];
  private readonly defaultMtu: number;

  constructor(record: NetworkRecord, driver: NetworkDriver | undefined, defaultMtu: number) {
    this.record = record;
    this.driver = driver;
    this.defaultMtu = defaultMtu;
    for (const pool of record.ipam.pools) this.addPool(pool);
  }

  get id(): string {
    return this.record.id;
  }

  get name(): string {
    return this.record.name;
  }

  get subnets(): IpPrefix[] {
    return this.pools.map(({ subnet }) => subnet);
  }

  /** The network as its driver sees it. */
  get driverNetwork(): DriverNetwork {
    const { id, internal, enableIPv4, enableIPv6, options, hostInterface } = this.record;
    const mtu = Number(options[OPTION_MTU] ?? this.defaultMtu);
    return { id, internal, enableIPv4, enableIPv6, options, hostInterface, gateways: this.gateways, mtu };
  }

  has(family: Family): boolean {
    return this.pools.some(({ subnet }) => subnet.address.family === family);
  }

  gateway(family: Family): IpAddress | undefined {
    return this.gateways.find(({ address }) => address.family === family)?.address;
  }

  /** The prefix length of the subnet that contains `address`; 0 if there is none. */
  prefixLength(address: IpAddress): number {
    return this.poolOf(address)?.subnet.length ?? 0;
  }

  /** The same for an address as text; 0 if it is invalid. */
  prefixLengthOf(text: string): number {
    const address = parseAddress(text);
    return address ? this.prefixLength(address) : 0;
  }

  /** Allocates an address for an endpoint. @throws BerthError if it is taken, or none is free */
  allocate(family: Family, requested: string | undefined): IpAddress {
    if (requested) return this.reserve(requested);
    const pools = this.pools.filter(({ subnet }) => subnet.address.family === family);
    for (const pool of pools) {
      const found = pool.allocate();
      if (typeof found !== "string") return found;
    }
    throw new BerthError(
      "internal",
      `no available IPv${family} addresses on this network's address pools: ${this.name} (${this.id})`,
    );
  }

  /** Takes back the address of a running container after a restart of the engine. */
  retake(address: string): void {
    const parsed = parseAddress(address);
    if (parsed) this.poolOf(parsed)?.reserve(parsed);
  }

  release(address: string): void {
    const parsed = parseAddress(address);
    if (parsed) this.poolOf(parsed)?.release(parsed);
  }

  private reserve(requested: string): IpAddress {
    const address = parseAddress(requested);
    if (!address) throw new BerthError("invalidParameter", `invalid IP address: ${requested}`);
    const pool = this.poolOf(address);
    const found: IpAddress | Refusal = pool ? pool.reserve(address) : "outside";
    if (typeof found !== "string") return found;
    throw found === "taken"
      ? new BerthError("forbidden", "Address already in use")
      : new BerthError(
          "invalidParameter",
          `no configured subnet or ip-range contain the IP address ${formatAddress(address)}`,
        );
  }

  private poolOf(address: IpAddress): AddressPool | undefined {
    return this.pools.find(({ subnet }) => contains(subnet, address));
  }

  private addPool({ subnet: text = "", ipRange, gateway: gatewayText, auxiliaryAddresses = {} }: IpamPool): void {
    const subnet = parsePrefix(text);
    if (!subnet) return;
    const pool = new AddressPool(subnet, ipRange ? parsePrefix(ipRange) : undefined);
    this.pools.push(pool);
    const gateway = gatewayText ? parseAddress(gatewayText) : undefined;
    if (gateway) this.gateways.push({ address: gateway, length: subnet.length });
    for (const taken of [gatewayText, ...Object.values(auxiliaryAddresses)]) {
      const address = taken ? parseAddress(taken) : undefined;
      if (address) pool.reserve(address);
    }
  }
}
