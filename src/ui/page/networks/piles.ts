// What a drawing of networks shows as one box: a container, or a pile of containers that are connected alike.
import type { ContainerSummary } from "../../../api/containers.ts";
import { nameOf, projectOf } from "../containers/list.ts";

export interface Pile {
  key: string;
  /** Compose project, or "" for containers without one. */
  project: string;
  containers: readonly ContainerSummary[];
  /** False for the rest of a pile that is spread out already. */
  canSpread: boolean;
}

/** Up to this number each container has its own box. */
const MAX_SINGLE = 30;
/** Containers shown of a pile that was spread out. */
const MAX_SPREAD = 60;

const networksOf = ({ NetworkSettings }: ContainerSummary): string[] => Object.keys(NetworkSettings.Networks).sort();

/**
 * @param order positions of the networks: containers of the same network are neighbours, which leaves few crossings
 * @param spread keys of the piles whose containers are shown
 */
export function pilesOf(
  containers: readonly ContainerSummary[],
  order: ReadonlyMap<string, number>,
  spread: ReadonlySet<string>,
): Pile[] {
  const rank = (container: ContainerSummary): number =>
    Math.min(order.size, ...networksOf(container).map((name) => order.get(name) ?? order.size));
  const sorted = containers
    .filter((container) => networksOf(container).some((name) => order.has(name)))
    .map((container) => ({ container, rank: rank(container), key: `${projectOf(container)} ${networksOf(container)}` }))
    .sort(
      (one, other) =>
        one.rank - other.rank ||
        one.key.localeCompare(other.key) ||
        nameOf(one.container).localeCompare(nameOf(other.container)),
    );
  const single = (container: ContainerSummary): Pile => ({
    key: container.Id,
    project: projectOf(container),
    containers: [container],
    canSpread: false,
  });
  if (sorted.length <= MAX_SINGLE) return sorted.map(({ container }) => single(container));
  return [...Map.groupBy(sorted, ({ key }) => key)].flatMap(([key, members]) => {
    const all = members.map(({ container }) => container);
    const [first] = all;
    if (!first || all.length === 1) return all.map(single);
    const project = projectOf(first);
    if (!spread.has(key)) return [{ key, project, containers: all, canSpread: true }];
    const rest = all.slice(MAX_SPREAD);
    return [
      ...all.slice(0, MAX_SPREAD).map(single),
      ...(rest.length === 0 ? [] : [{ key: `${key} rest`, project, containers: rest, canSpread: false }]),
    ];
  });
}
