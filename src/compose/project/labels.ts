// Compose's labels, which identify what belongs to a project. Docker Compose and docker-compose 1.x use the same
// ones, so each tool sees what the others created.
import type { Filters } from "../../client/index.ts";
import type { Project, Service } from "../model/project.ts";

/** The Docker Compose release that Berth is compatible with; reported to tools that ask for a version. */
export const COMPOSE_VERSION = "2.40.3";

const PREFIX = "com.docker.compose.";

export const label = {
  project: `${PREFIX}project`,
  service: `${PREFIX}service`,
  number: `${PREFIX}container-number`,
  oneOff: `${PREFIX}oneoff`,
  slug: `${PREFIX}slug`,
  configHash: `${PREFIX}config-hash`,
  image: `${PREFIX}image`,
  dependsOn: `${PREFIX}depends_on`,
  replace: `${PREFIX}replace`,
  network: `${PREFIX}network`,
  volume: `${PREFIX}volume`,
  directory: `${PREFIX}project.working_dir`,
  files: `${PREFIX}project.config_files`,
  hook: `${PREFIX}hook`,
  environmentFile: `${PREFIX}project.environment_file`,
  version: `${PREFIX}version`,
} as const;

/** Labels of a service's container, besides the user's labels, number and hash. */
export function projectLabels(project: Project, service: Service, isOneOff: boolean): Record<string, string> {
  const { environmentFiles } = project;
  return {
    [label.project]: project.name,
    [label.service]: service.name,
    [label.version]: COMPOSE_VERSION,
    [label.directory]: project.directory,
    [label.files]: project.files.join(","),
    [label.oneOff]: isOneOff ? "True" : "False",
    ...(environmentFiles.length > 0 && { [label.environmentFile]: environmentFiles.join(",") }),
  };
}

export function networkLabels(project: Pick<Project, "name">, key: string, hash: string): Record<string, string> {
  return {
    [label.configHash]: hash,
    [label.network]: key,
    [label.project]: project.name,
    [label.version]: COMPOSE_VERSION,
  };
}

export function volumeLabels(project: Pick<Project, "name">, key: string, hash: string): Record<string, string> {
  return {
    [label.configHash]: hash,
    [label.project]: project.name,
    [label.version]: COMPOSE_VERSION,
    [label.volume]: key,
  };
}

/** A filter for all objects of a project, or those with further labels. */
export function projectFilter(name: string, ...more: string[]): Filters {
  return { label: [`${label.project}=${name}`, ...more] };
}
