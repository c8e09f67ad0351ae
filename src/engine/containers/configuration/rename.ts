// `rename`: the name changes in the record, in DNS and in events at once.
import { BerthError, messageOf } from "../../../api/errors.ts";
import type { Container } from "../container.ts";
import type { ContainerDependencies } from "../dependencies.ts";
import type { ContainerStore } from "../store.ts";
import { checkedName } from "./merge.ts";

export interface RenameHost extends Pick<ContainerDependencies, "networks" | "events"> {
  store: ContainerStore<Container>;
}

/** @throws BerthError invalidParameter, or conflict when the name is taken */
export function renameContainer(container: Container, newName: string, { store, networks, events }: RenameHost): void {
  if (newName === "") throw new BerthError("invalidParameter", "Neither old nor new names may be empty");
  const formerName = container.spec.name;
  const bare = newName.replace(/^\//, "");
  if (bare === formerName) {
    throw new BerthError("invalidParameter", "Renaming a container with the same name as its current name");
  }
  reserve(bare, container.id, store);
  try {
    container.spec.name = bare;
    store.saveSpec(container, formerName);
  } finally {
    store.releaseName(bare);
  }
  networks.renamed(container.id, bare);
  events.publish("container", "rename", container.id, container.eventAttributes({ oldName: `/${formerName}` }));
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
