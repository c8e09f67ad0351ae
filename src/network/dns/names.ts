// What the resolver of a container needs to know about names; who keeps them decides.
import type { IpAddress } from "../ip.ts";

/** The names one container sees, on the networks it is on. */
export interface NameView {
  /** The addresses behind a name, of both families; undefined when the name is no container's. */
  addresses(name: string): IpAddress[] | undefined;
  /** The name of the container that has an address, without a final dot; undefined when no container has it. */
  nameOf(address: IpAddress): string | undefined;
}

/** Where the questions go that no container's name answers. */
export interface UpstreamView {
  /** Addresses of resolvers in the order they are asked; none: the container has no way out. */
  nameservers(): string[];
}
