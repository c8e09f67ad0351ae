// The networks of the engine.
import type { ContainerSummary } from "../../../api/containers.ts";
import type { NetworkInspect } from "../../../api/networks.ts";
import { engineList, get } from "../engine/requests.ts";

export const networks = engineList<NetworkInspect>();

export async function loadNetworks(): Promise<void> {
  networks.value = await get<NetworkInspect[]>("/networks");
}

export interface Endpoint {
  container: ContainerSummary;
  network: string;
  /** "" while the container is not running. */
  address: string;
}

export function endpointsOf(containers: readonly ContainerSummary[]): Endpoint[] {
  return containers.flatMap((container) =>
    Object.entries(container.NetworkSettings.Networks).map(([network, { IPAddress, GlobalIPv6Address }]) => ({
      container,
      network,
      address: IPAddress || GlobalIPv6Address,
    })),
  );
}
