// Which container's network a container uses. Containers that join each other's networks form a chain.
import { containerOfMode } from "../../runtime/spec/namespaces.ts";
import type { Container } from "./container.ts";

/**
 * The container at the end of the chain, which has the files and the addresses of the network: the given one, if it joins
 * no other. The chain ends early at a container that `find` does not know, and where it leads back to itself.
 */
export function networkOwner(container: Container, find: (reference: string) => Container | undefined): Container {
  const passed = new Set<Container>();
  let owner = container;
  for (;;) {
    passed.add(owner);
    const reference = containerOfMode(owner.spec.hostConfig.networkMode);
    const next = reference === undefined ? undefined : find(reference);
    if (next === undefined || passed.has(next)) return owner;
    owner = next;
  }
}
