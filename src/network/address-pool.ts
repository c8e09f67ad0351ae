// Allocates the addresses of one subnet. The caller persists which are taken.
import { bitsOf, contains, firstOf, type IpAddress, type IpPrefix, lastOf } from "./ip.ts";

/** Why an address cannot be allocated. */
export type Refusal = "taken" | "outside" | "exhausted";

export class AddressPool {
  readonly subnet: IpPrefix;
  private readonly range: IpPrefix;
  private readonly taken = new Set<bigint>();
  /** No lower address is free. Avoids a scan of a full /16 for each container. */
  private lowestFree: bigint;

  /** @param range the part of the subnet from which addresses are allocated automatically */
  constructor(subnet: IpPrefix, range: IpPrefix = subnet) {
    this.subnet = subnet;
    this.range = range;
    this.lowestFree = firstOf(range).value;
  }

  /** The lowest free address of the range, except the network and broadcast addresses. */
  allocate(): IpAddress | Refusal {
    const { family } = this.subnet.address;
    const last = lastOf(this.range).value;
    for (let value = this.lowestFree; value <= last; value++) {
      if (this.taken.has(value) || !this.usable(value)) continue;
      this.taken.add(value);
      this.lowestFree = value + 1n;
      return { family, value };
    }
    return "exhausted";
  }

  /** Reserves a given address. */
  reserve(address: IpAddress): IpAddress | Refusal {
    if (!contains(this.subnet, address) || !this.usable(address.value)) return "outside";
    if (this.taken.has(address.value)) return "taken";
    this.taken.add(address.value);
    return address;
  }

  release(address: IpAddress): void {
    if (!this.taken.delete(address.value)) return;
    if (address.value < this.lowestFree && contains(this.range, address)) this.lowestFree = address.value;
  }

  private usable(value: bigint): boolean {
    if (this.subnet.length >= bitsOf(this.subnet.address.family) - 1) return true;
    if (value === firstOf(this.subnet).value) return false;
    return this.subnet.address.family === 6 || value !== lastOf(this.subnet).value;
  }
}
