// `rename`: changes the name in the record, in DNS and in events.
import { BerthError, messageOf } from "../../../api/errors.ts";
import type { Events } from "../../events.ts";
import type { Container } from "../container.ts";
import type { ContainerNetworks } from "../dependencies.ts";
import { publish } from "../publish.ts";
import type { ContainerStore } from "../store.ts";
import { checkedName } from "./merge.ts";

export interface RenameParts {
  store: ContainerStore<Container>;
  networks: ContainerNetworks;
  events: Events;
}

/** The caller holds the container's changes. @throws BerthError invalidParameter, or conflict when the name is taken */
export function renameContainer(container: Container, newName: string, { store, networks, events }: RenameParts): void {
  if (newName === "") throw new BerthError("invalidParameter", "Neither old nor new names may be empty");
  const formerName = container.spec.name;
  const bare = newName.replace(/^\//, "");
  if (bare === formerName) {
    throw new BerthError("invalidParameter", "Renaming a container with the same name as its current name");
  }
  reserve(bare, container.id, store);
  try {
    store.saveSpec(container, { name: bare });
  } finally {
    store.releaseName(bare);
  }
  networks.renamed(container.id, bare);
  publish(events, container, "rename", { oldName: `/${formerName}` });
}

function reserve(name: string, id: string, store: ContainerStore<Container>): void {
  try {
    checkedName(`/${name}`);
    store.reserveName(name, id);
  } catch (thrown) {
    if (!(thrown instanceof BerthError)) throw thrown;
    throw new BerthError(thrown.kind, `Error when allocating new name: ${messageOf(thrown)}`, thrown);
  }
}
