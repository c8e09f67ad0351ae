// The containers of the engine, kept true by its events.
import type { ContainerSummary } from "../../../api/containers.ts";
import { engineList, get } from "../engine/requests.ts";

export const containers = engineList<ContainerSummary>();

export async function loadContainers(): Promise<void> {
  const answer = await get<ContainerSummary[]>("/containers/json", { all: true });
  // Those of one project stand together; the engine's order, newest first, stays among the others.
  containers.value = answer.sort((one, other) => projectOf(one).localeCompare(projectOf(other)));
}

const PROJECT = "com.docker.compose.project";

export const nameOf = ({ Names, Id }: ContainerSummary): string => (Names[0] ?? Id.slice(0, 12)).replace(/^\//, "");

/** Name of the Compose project that a container belongs to, or "". */
export const projectOf = ({ Labels }: ContainerSummary): string => Labels[PROJECT] ?? "";

/** Whether the search text is in anything that the list shows of a container. */
export function matches(container: ContainerSummary, search: string): boolean {
  const wanted = search.toLowerCase();
  const { Id, Image, Status } = container;
  return [nameOf(container), Id, Image, Status, projectOf(container)].some((text) =>
    text.toLowerCase().includes(wanted),
  );
}
