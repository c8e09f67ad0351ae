// Removes namespaces and interfaces that a killed engine left behind.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { deleteLinkNamed, listLinks } from "../../linux/netlink/links.ts";
import { releaseSandbox } from "../../network/sandbox.ts";
import type { NetworkContext } from "./context.ts";

/** Removes what no running container uses; interfaces in the background, because the kernel takes a while. */
export function sweep(context: NetworkContext): void {
  const live = context.records.all().flatMap(({ containerId, sandbox }) => (sandbox ? [{ containerId, sandbox }] : []));
  const containers = new Set(live.map(({ containerId }) => containerId));
  const directory = join(context.config.execRoot, "netns");
  for (const name of namesIn(directory)) if (!containers.has(name)) releaseSandbox(join(directory, name));

  const inUse = new Set(live.flatMap(({ sandbox }) => sandbox.endpoints.map(({ hostName }) => hostName)));
  for (const name of strayPorts(context, inUse)) {
    setImmediate(() => deleteLinkNamed(context.host, name));
  }
}

/**
 * Ports of no running container, on bridges that only this engine uses. A bridge that existed before the network, or
 * whose name the user chose, may have ports of others.
 */
function strayPorts({ host, catalogue, config }: NetworkContext, inUse: ReadonlySet<string>): string[] {
  const links = listLinks(host);
  const bridges = new Set(
    catalogue
      .all()
      .filter(({ driver, record }) => driver?.hostInterfaceKind === "own" && !record.adopted)
      .filter(({ driver, record: { id, internal, hostInterface } }) =>
        [config.bridge, driver?.hostInterface({ id, internal, options: {} })].includes(hostInterface),
      )
      .map(({ record }) => record.hostInterface),
  );
  const bridgeIndexes = new Set(links.filter(({ name }) => bridges.has(name)).map(({ index }) => index));
  return links
    .filter(({ kind, master, name }) => kind === "veth" && bridgeIndexes.has(master) && !inUse.has(name))
    .map(({ name }) => name);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
