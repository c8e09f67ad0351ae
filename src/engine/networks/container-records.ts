// Every container's network record, in memory as in the database.
import { BerthError } from "../../api/errors.ts";
import type { ContainerRecord, EndpointRecord, SandboxRecord } from "./records.ts";
import type { NetworkStore } from "./store.ts";

/** A running container's endpoint, with what it belongs to. */
export interface LiveEndpoint {
  record: ContainerRecord;
  sandbox: SandboxRecord;
  endpoint: EndpointRecord;
}

export class ContainerRecords {
  private readonly byContainer = new Map<string, ContainerRecord>();
  private readonly store: NetworkStore;

  constructor(store: NetworkStore) {
    this.store = store;
    for (const record of store.containers()) this.byContainer.set(record.containerId, record);
  }

  all(): ContainerRecord[] {
    return [...this.byContainer.values()];
  }

  find(containerId: string): ContainerRecord | undefined {
    return this.byContainer.get(containerId);
  }

  /** @throws BerthError conflict for a container whose removal has begun: its record is deleted first. */
  get(containerId: string): ContainerRecord {
    const record = this.byContainer.get(containerId);
    if (record) return record;
    throw new BerthError(
      "conflict",
      `Container ${containerId} is marked for removal and cannot be connected or disconnected to the network`,
    );
  }

  save(record: ContainerRecord): void {
    this.store.saveContainer(record);
    this.byContainer.set(record.containerId, record);
  }

  delete(containerId: string): void {
    this.store.deleteContainer(containerId);
    this.byContainer.delete(containerId);
  }

  /** The endpoints that exist on a network. */
  endpointsOn(networkId: string): LiveEndpoint[] {
    return this.all().flatMap((record) => {
      const { sandbox } = record;
      if (!sandbox) return [];
      return sandbox.endpoints
        .filter((endpoint) => endpoint.networkId === networkId)
        .map((endpoint) => ({ record, sandbox, endpoint }));
    });
  }
}
