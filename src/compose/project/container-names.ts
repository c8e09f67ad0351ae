// What the containers of a service are called.
import type { Project, Service } from "../model/project.ts";

/** "_" where names are those of docker-compose 1.x, "-" otherwise. */
export type Separator = "-" | "_";

export function containerName(
  project: Pick<Project, "name">,
  service: Pick<Service, "name" | "container_name">,
  number: number,
  separator: Separator = "-",
): string {
  return service.container_name || [project.name, service.name, number].join(separator);
}

/** A container's own name, without its slash. */
export function plainName({ Names }: { Names: readonly string[] }): string {
  // Links of the default bridge are names, too, with a slash inside.
  const own = Names.find((name) => !name.slice(1).includes("/")) ?? Names[0] ?? "";
  return own.replace(/^\//, "");
}
