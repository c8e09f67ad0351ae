// The containers of the engine, kept up to date by its events.
import type { ContainerSummary } from "../../../api/containers.ts";
import { engineList, get } from "../engine/requests.ts";

export const containers = engineList<ContainerSummary>();

/** Each known container with its JSON. */
let known: ReadonlyMap<string, { json: string; container: ContainerSummary }> = new Map();

/** A container that did not change stays the same object: its row is not rendered again. */
export async function loadContainers(): Promise<void> {
  const answer = await get<ContainerSummary[]>("/containers/json", { all: true });
  const entries = answer.map((container) => {
    const json = JSON.stringify(container);
    const before = known.get(container.Id);
    return before?.json === json ? before : { json, container };
  });
  known = new Map(entries.map((entry) => [entry.container.Id, entry]));
  containers.value = entries.map(({ container }) => container);
}

export const PROJECT_LABEL = "com.docker.compose.project";

export const nameOf = ({ Names, Id }: ContainerSummary): string => (Names[0] ?? Id.slice(0, 12)).replace(/^\//, "");

/** Name of a container's Compose project, or "". */
export const projectOf = ({ Labels }: ContainerSummary): string => Labels[PROJECT_LABEL] ?? "";

/** Whether any displayed field of a container matches the search text. */
export function matches(container: ContainerSummary, search: string): boolean {
  const wanted = search.toLowerCase();
  const { Id, Image, Status } = container;
  return [nameOf(container), Id, Image, Status, projectOf(container)].some((text) =>
    text.toLowerCase().includes(wanted),
  );
}
