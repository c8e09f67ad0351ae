// Container names of a service.
import type { Project, Service } from "../model/project.ts";

/** "_" for names compatible with docker-compose 1.x, "-" otherwise. */
export type Separator = "-" | "_";

export function containerName(
  project: Pick<Project, "name">,
  service: Pick<Service, "name" | "container_name">,
  number: number,
  separator: Separator = "-",
): string {
  return service.container_name || [project.name, service.name, number].join(separator);
}

/** A container's own name, without the leading slash. */
export function plainName({ Names }: { Names: readonly string[] }): string {
  // Links on the default bridge are names, too, with another slash inside.
  const own = Names.find((name) => !name.slice(1).includes("/")) ?? Names[0] ?? "";
  return own.replace(/^\//, "");
}
