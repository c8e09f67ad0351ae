// Actions on all containers of a Compose project.
import type { ContainerSummary } from "../../../api/containers.ts";
import type { NetworkInspect } from "../../../api/networks.ts";
import { act, actionsFor, type LifeAction, removeContainer } from "../containers/actions.ts";
import { nameOf, PROJECT_LABEL } from "../containers/list.ts";
import { filters, get, remove } from "../engine/requests.ts";
import { attempt } from "../parts/toast.tsx";
import { texts } from "../texts/index.ts";

/** The containers for which an action is available. */
export const candidates = (action: LifeAction, containers: readonly ContainerSummary[]): ContainerSummary[] =>
  containers.filter(({ State }) => actionsFor(State).includes(action));

/** Runs an action on each container for which it is available; shows errors one by one. */
export async function actOnAll(action: LifeAction, containers: readonly ContainerSummary[]): Promise<void> {
  await Promise.all(
    candidates(action, containers).map((container) =>
      attempt(`${texts.value.containers[action]} ${nameOf(container)}`, () => act(action, container.Id)),
    ),
  );
}

/** Removes the project's containers with their anonymous volumes, and its networks. */
export async function takeDown(project: string, containers: readonly ContainerSummary[]): Promise<void> {
  await Promise.all(containers.map(({ Id }) => removeContainer(Id, { force: true, volumes: true })));
  const networks = await get<NetworkInspect[]>("/networks", {
    filters: filters({ label: [`${PROJECT_LABEL}=${project}`] }),
  });
  for (const { Id } of networks) await remove(`/networks/${Id}`);
}
