// The networks of the engine.
import type { ContainerSummary } from "../../../api/containers.ts";
import type { NetworkInspect } from "../../../api/networks.ts";
import { matches } from "../containers/list.ts";
import { engineList, get } from "../engine/requests.ts";

export const networks = engineList<NetworkInspect>();

/** The predefined networks, which cannot be removed. */
const builtIn = new Set(["bridge", "host", "none"]);

export const isBuiltIn = ({ Name }: NetworkInspect): boolean => builtIn.has(Name);

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

/** "8080 → 80/tcp", once for IPv4 and IPv6. */
export const publishedPorts = ({ Ports }: ContainerSummary): string[] => [
  ...new Set(
    Ports.filter(({ PublicPort }) => PublicPort !== undefined).map(
      ({ PublicPort, PrivatePort, Type }) => `${PublicPort} → ${PrivatePort}/${Type}`,
    ),
  ),
];

/** Whether anything that the drawing shows of a container matches the search text. */
export function isDrawnFor(container: ContainerSummary, search: string): boolean {
  const wanted = search.toLowerCase();
  return (
    matches(container, search) ||
    publishedPorts(container).some((text) => text.includes(wanted)) ||
    Object.entries(container.NetworkSettings.Networks).some(([network, { IPAddress, GlobalIPv6Address }]) =>
      [network, IPAddress, GlobalIPv6Address].some((text) => text.toLowerCase().includes(wanted)),
    )
  );
}
