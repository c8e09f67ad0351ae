// The names of containers on each network, for the resolvers. Built from the records and cached until they change.
import type { NameView } from "../../network/dns/names.ts";
import { type IpAddress, parseAddress, sameAddress } from "../../network/ip.ts";
import type { Catalogue } from "./catalogue.ts";
import { dnsNames } from "./container-networking.ts";
import type { ContainerRecords, LiveEndpoint } from "./container-records.ts";

/** The names on one network, in lower case. */
interface NetworkNames {
  byName: Map<string, LiveEndpoint[]>;
  members: LiveEndpoint[];
}

export class DnsNames {
  private readonly catalogue: Catalogue;
  private readonly records: ContainerRecords;
  private readonly byNetwork = new Map<string, NetworkNames>();

  constructor(catalogue: Catalogue, records: ContainerRecords) {
    this.catalogue = catalogue;
    this.records = records;
  }

  /** Clears the cache; called when a container starts, stops or is renamed. */
  changed(): void {
    this.byNetwork.clear();
  }

  /** The names that a container sees: those on its networks, and its links. */
  viewOf(containerId: string): NameView {
    return {
      addresses: (name) => this.addresses(containerId, name),
      nameOf: (address) => this.nameOf(containerId, address),
    };
  }

  private addresses(containerId: string, name: string): IpAddress[] | undefined {
    const found = this.networksOf(containerId).flatMap(([id, networkName]) => {
      const { byName } = this.namesOn(id);
      const suffix = `.${networkName.toLowerCase()}`;
      const short = name.endsWith(suffix) ? name.slice(0, -suffix.length) : undefined;
      return [
        ...(byName.get(name) ?? []),
        ...(short ? (byName.get(short) ?? []) : []),
        ...this.linked(containerId, id, name),
      ];
    });
    return found.length === 0 ? undefined : unique(found.flatMap(addressesOf));
  }

  private nameOf(containerId: string, address: IpAddress): string | undefined {
    for (const [id, networkName] of this.networksOf(containerId)) {
      const owner = this.namesOn(id).members.find((member) =>
        addressesOf(member).some((candidate) => sameAddress(candidate, address)),
      );
      if (owner) return `${owner.sandbox.identity.name}.${networkName}`;
    }
    return undefined;
  }

  /** --link on a user-defined network: an alias that only this container knows. */
  private linked(containerId: string, networkId: string, name: string): LiveEndpoint[] {
    const record = this.records.find(containerId);
    const attachment = record?.attachments.find((candidate) => candidate.networkId === networkId);
    const links = attachment?.request.links ?? [];
    return links.flatMap((link) => {
      const [target = "", alias = target] = link.split(":");
      if (alias.toLowerCase() !== name) return [];
      return this.namesOn(networkId).byName.get(target.toLowerCase()) ?? [];
    });
  }

  private networksOf(containerId: string): [id: string, name: string][] {
    const endpoints = this.records.find(containerId)?.sandbox?.endpoints ?? [];
    return endpoints.flatMap(({ networkId }): [string, string][] => {
      const network = this.catalogue.get(networkId);
      return network ? [[networkId, network.name]] : [];
    });
  }

  private namesOn(networkId: string): NetworkNames {
    const known = this.byNetwork.get(networkId);
    if (known) return known;
    const names: NetworkNames = { byName: new Map(), members: this.records.endpointsOn(networkId) };
    for (const member of names.members) {
      for (const name of namesOf(member)) {
        const key = name.toLowerCase();
        names.byName.set(key, [...(names.byName.get(key) ?? []), member]);
      }
    }
    this.byNetwork.set(networkId, names);
    return names;
  }
}

function namesOf({ record, sandbox, endpoint }: LiveEndpoint): string[] {
  const attachment = record.attachments.find(({ networkId }) => networkId === endpoint.networkId);
  return dnsNames(record, attachment?.request.aliases ?? [], sandbox.identity);
}

function addressesOf({ endpoint }: LiveEndpoint): IpAddress[] {
  return [endpoint.ipv4, endpoint.ipv6].flatMap((text) => parseAddress(text) ?? []);
}

function unique(addresses: IpAddress[]): IpAddress[] {
  return addresses.filter((one, index) => addresses.findIndex((other) => sameAddress(one, other)) === index);
}
