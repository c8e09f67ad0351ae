// Processes services in dependency order, independent ones in parallel.
import type { Project } from "../model/project.ts";

/** Runs `work` for each item, at most `limit` at a time; waits for all before it throws the first error. */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number | undefined,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = [...items];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      try {
        await work(item);
      } catch (thrown) {
        failures.push(thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit ?? rest.length, rest.length) }, worker));
  if (failures.length > 0) throw failures[0];
}

type Edges = ReadonlyMap<string, readonly string[]>;

/** Starts each item as soon as its dependencies are done; starts nothing new after an error. */
async function walk(edges: Edges, work: (name: string) => Promise<void>): Promise<void> {
  let failure: { thrown: unknown } | undefined;
  const running = new Map<string, Promise<void>>();
  const run = (name: string): Promise<void> => {
    const known = running.get(name);
    if (known) return known;
    const promise = (async () => {
      await Promise.all((edges.get(name) ?? []).map(run));
      if (failure) return;
      try {
        await work(name);
      } catch (thrown) {
        failure ??= { thrown };
      }
    })();
    running.set(name, promise);
    return promise;
  };
  await Promise.all([...edges.keys()].map(run));
  if (failure) throw failure.thrown;
}

function dependencies({ services }: Pick<Project, "services">): Map<string, string[]> {
  return new Map(
    [...services].map(([name, { depends_on = {} }]) => [
      name,
      Object.keys(depends_on).filter((dependency) => services.has(dependency)),
    ]),
  );
}

/** Dependencies first. */
export function inDependencyOrder(
  project: Pick<Project, "services">,
  work: (name: string) => Promise<void>,
): Promise<void> {
  return walk(dependencies(project), work);
}

/** Dependants first. */
export function inReverseDependencyOrder(
  project: Pick<Project, "services">,
  work: (name: string) => Promise<void>,
): Promise<void> {
  const reversed = new Map<string, string[]>([...project.services.keys()].map((name) => [name, []]));
  for (const [name, needed] of dependencies(project)) for (const other of needed) reversed.get(other)?.push(name);
  return walk(reversed, work);
}
