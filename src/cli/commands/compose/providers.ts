// Services that an external program provides instead of a container. It is run with "up" and "down". It reports
// progress, and environment variables for dependent services, as lines of JSON.
import { splitPair } from "../../../api/pairs.ts";
import type { Project, Service } from "../../../compose/model/project.ts";
import { inPrintedOrder } from "../../../compose/model/schema/service.ts";
import { inDependencyOrder } from "../../../compose/project/order.ts";
import type { Progress } from "../../../compose/project/progress.ts";
import { CommandError } from "../../failure.ts";
import { findPlugin } from "../../plugins.ts";
import type { ComposeSession } from "./session.ts";

type ProviderCommand = "up" | "down";

const WORDS = {
  up: { begins: "Creating", ends: "Created", action: "create" },
  down: { begins: "Removing", ends: "Removed", action: "remove" },
} as const;

async function programOf(compose: ComposeSession, type: string): Promise<string> {
  if (type === "compose") throw new CommandError("'compose' is not a valid provider type");
  const path = (await findPlugin(compose.session, type)) ?? Bun.which(type);
  if (path) return path;
  throw new CommandError(`exec: "${type}": executable file not found in $PATH`);
}

/** The option names that the program declares; undefined when it declares none. */
async function knownOptions(program: string, command: ProviderCommand): Promise<ReadonlySet<string> | undefined> {
  const run = Bun.spawn([program, "compose", "metadata"], { stdin: "ignore", stdout: "pipe", stderr: "ignore" });
  const [text, code] = await Promise.all([run.stdout.text(), run.exited]);
  if (code !== 0) return undefined;
  try {
    const metadata: unknown = JSON.parse(text);
    const parameters: unknown = Object(Object(metadata)[command]).parameters;
    if (!Array.isArray(parameters)) return undefined;
    return new Set(parameters.map((parameter: unknown) => String(Object(parameter).name)));
  } catch {
    return undefined;
  }
}

interface Variables {
  /** Passed to dependent services with the service's name as prefix. */
  prefixed: Map<string, string>;
  raw: Map<string, string>;
}

/** Handles one line of the program's output. @throws CommandError */
function take(line: string, id: string, progress: Progress, variables: Variables): void {
  const said: unknown = (() => {
    try {
      return JSON.parse(line);
    } catch {
      throw new CommandError(`invalid response from plugin: ${line}`);
    }
  })();
  const type = String(Object(said).type);
  const message = String(Object(said).message);
  const [first = ""] = message.split("\n");
  const [name, value] = splitPair(message);
  switch (type) {
    case "error":
      progress.tell({ id, state: "error", text: first });
      throw new CommandError(message);
    case "info":
      progress.tell({ id, state: "working", text: first });
      return;
    case "setenv":
    case "rawsetenv":
      if (value === undefined) throw new CommandError(`invalid response from plugin: ${message}`);
      (type === "setenv" ? variables.prefixed : variables.raw).set(name, value);
      return;
    case "debug":
      return;
    default:
      throw new CommandError(`invalid response from plugin: ${type}`);
  }
}

async function runProvider(
  compose: ComposeSession,
  project: Project,
  service: Service,
  command: ProviderCommand,
  progress: Progress,
): Promise<Variables> {
  const { name, provider } = service;
  const program = await programOf(compose, provider?.type ?? "");
  const known = await knownOptions(program, command);
  const options = Object.entries(provider?.options ?? {})
    .filter(([option]) => known === undefined || known.has(option))
    .flatMap(([option, values]) => values.map((value) => `--${option}=${value}`));
  const variables: Variables = { prefixed: new Map(), raw: new Map() };
  const { begins, ends, action } = WORDS[command];
  progress.tell({ id: name, state: "working", text: begins });
  if (!compose.options.dryRun) {
    const { host } = await compose.session.target();
    const run = Bun.spawn([program, "compose", `--project-name=${project.name}`, command, ...options, name], {
      env: { ...Object.fromEntries(project.environment), DOCKER_HOST: host },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    const lines = (await run.stdout.text()).split("\n").filter((line) => line.trim() !== "");
    for (const line of lines) take(line, name, progress, variables);
    const code = await run.exited;
    if (code !== 0) {
      progress.tell({ id: name, state: "error", text: `exit status ${code}` });
      throw new CommandError(`failed to ${action} service provider: exit status ${code}`);
    }
  }
  progress.tell({ id: name, state: "done", text: ends });
  return variables;
}

function withVariables(service: Service, provider: string, { prefixed, raw }: Variables): Service {
  const prefix = `${provider.toUpperCase()}_`;
  const named = [...prefixed].map(([name, value]): [string, string] => [`${prefix}${name}`, value]);
  const all = [...Object.entries(service.environment ?? {}), ...named, ...raw];
  const environment = Object.fromEntries([...new Map(all)].sort(([a], [b]) => (a < b ? -1 : 1)));
  return inPrintedOrder({ ...service, environment });
}

/** Runs "up" for the project's providers. Returns the project with their variables. */
export async function withProviders(compose: ComposeSession, project: Project, progress: Progress): Promise<Project> {
  const services = new Map(project.services);
  const disabled = new Map(project.disabled);
  await inDependencyOrder(project, async (name) => {
    const service = project.services.get(name);
    if (!service?.provider) return;
    const variables = await runProvider(compose, project, service, "up", progress);
    // `compose run` disables the service it runs while it starts the others.
    for (const known of [services, disabled]) {
      for (const [other, dependent] of known) {
        if (dependent.depends_on?.[name]) known.set(other, withVariables(dependent, name, variables));
      }
    }
  });
  return { ...project, services, disabled };
}

/** Runs "down" for the project's providers. */
export async function stopProviders(compose: ComposeSession, project: Project, progress: Progress): Promise<void> {
  for (const service of project.services.values()) {
    if (service.provider) await runProvider(compose, project, service, "down", progress);
  }
}
