// Reads the `env_file`s and `label_file`s of services into their `environment` and `labels`.
import { ComposeError } from "./compose-error.ts";
import { parseDotenv, parseRawEnvironment } from "./dotenv.ts";
import type { Project, Service } from "./project.ts";
import { type EnvironmentFile, inPrintedOrder } from "./schema/service.ts";
import type { Sources } from "./sources.ts";
import type { Lookup } from "./template.ts";

function sorted<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function readInto(
  { path = "", required, format }: EnvironmentFile,
  into: Map<string, string>,
  lookup: Lookup,
  sources: Sources,
): Promise<void> {
  const text = await sources.variables(path);
  if (text === undefined) {
    if (required === false) return;
    throw new ComposeError(`env file ${path} not found: stat ${path}: no such file or directory`);
  }
  if (format !== undefined && format !== "raw") throw new ComposeError(`unsupported env_file format "${format}"`);
  try {
    if (format === "raw") parseRawEnvironment(text, into, lookup);
    else parseDotenv(text, into, lookup);
  } catch (thrown) {
    if (!(thrown instanceof ComposeError)) throw thrown;
    throw new ComposeError(`failed to read ${path}: ${thrown.message}`);
  }
}

async function withEnvironment(service: Service, project: Project, sources: Sources): Promise<Service> {
  const { environment: declared = {}, env_file: files = [], ...rest } = service;
  const own = new Map(
    Object.entries(declared).map(([name, value]) => [name, value ?? project.environment.get(name) ?? null]),
  );
  const variables = new Map<string, string>();
  const lookup = (name: string) => project.environment.get(name) ?? own.get(name) ?? undefined;
  for (const file of files) await readInto(file, variables, lookup, sources);
  const environment = sorted([...variables, ...own]);
  return Object.keys(environment).length === 0 ? rest : inPrintedOrder({ ...rest, environment });
}

async function withLabels(service: Service, sources: Sources): Promise<Service> {
  const { label_file: files = [], ...rest } = service;
  const labels = new Map<string, string>();
  for (const path of files) {
    const text = await sources.variables(path);
    if (text === undefined) {
      throw new ComposeError(`label file ${path} not found: stat ${path}: no such file or directory`);
    }
    parseDotenv(text, labels, (name) => labels.get(name));
  }
  if (labels.size === 0) return rest;
  return inPrintedOrder({ ...rest, labels: sorted([...labels, ...Object.entries(service.labels ?? {})]) });
}

async function withServices(project: Project, change: (service: Service) => Promise<Service>): Promise<Project> {
  const services = new Map<string, Service>();
  for (const [name, service] of project.services) services.set(name, await change(service));
  return { ...project, services };
}

/**
 * The project with the variables of `env_file` in each service's `environment`.
 * @throws ComposeError when a required file is missing
 */
export function withEnvironmentFiles(project: Project, sources: Sources): Promise<Project> {
  return withServices(project, (service) => withEnvironment(service, project, sources));
}

export function withLabelFiles(project: Project, sources: Sources): Promise<Project> {
  return withServices(project, (service) => withLabels(service, sources));
}
