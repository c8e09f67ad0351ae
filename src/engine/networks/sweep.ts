// Crash repair: namespaces and interfaces that belong to no running container are let go.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { deleteLink, findLink, listLinks } from "../../linux/netlink/links.ts";
import { releaseSandbox } from "../../network/sandbox.ts";
import type { NetworkContext } from "./context.ts";

/** What an engine that was killed may have left behind. Interfaces are removed in the background. */
export function sweep(context: NetworkContext): void {
  const live = context.records.all().flatMap(({ containerId, sandbox }) => (sandbox ? [{ containerId, sandbox }] : []));
  const containers = new Set(live.map(({ containerId }) => containerId));
  const directory = join(context.config.execRoot, "netns");
  for (const name of namesIn(directory)) if (!containers.has(name)) releaseSandbox(join(directory, name));

  const wanted = new Set(live.flatMap(({ sandbox }) => sandbox.endpoints.map(({ hostName }) => hostName)));
  for (const name of strayPorts(context, wanted)) {
    setImmediate(() => {
      const link = findLink(context.host, name);
      if (link) deleteLink(context.host, link.index);
    });
  }
}

/**
 * Ports, of bridges that this engine alone uses, which no running container has. A bridge that was there before the
 * network has ports of others, and so may one whose name a user chose.
 */
function strayPorts({ host, catalogue, config }: NetworkContext, wanted: ReadonlySet<string>): string[] {
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
    .filter(({ kind, master, name }) => kind === "veth" && bridgeIndexes.has(master) && !wanted.has(name))
    .map(({ name }) => name);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
