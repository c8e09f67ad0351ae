// AI models of a project. Docker's Model plugin pulls and serves them; services get a model's name and endpoint as
// environment variables.
import type { Project, Service } from "../../../compose/model/project.ts";
import { inPrintedOrder } from "../../../compose/model/schema/service.ts";
import { inParallel } from "../../../compose/project/order.ts";
import type { Progress } from "../../../compose/project/progress.ts";
import { CommandError } from "../../failure.ts";
import { findPlugin } from "../../plugins.ts";
import type { ComposeSession } from "./session.ts";

type Model = NonNullable<Project["attributes"]["models"]>[string];

/** The first release of the plugin whose `configure` takes flags for the runtime. */
const RUNTIME_FLAGS = [1, 0, 6] as const;

interface Answer {
  code: number;
  text: string;
}

class ModelPlugin {
  readonly #program: string;
  readonly #env: Record<string, string>;

  constructor(program: string, env: Record<string, string>) {
    this.#program = program;
    this.#env = env;
  }

  async run(...argv: string[]): Promise<Answer> {
    const child = Bun.spawn([this.#program, ...argv], {
      env: this.#env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, error, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { code, text: code === 0 ? out : `${out}${error}` };
  }

  /** @throws CommandError when the plugin fails or its output is no JSON */
  async json(failure: string, ...argv: string[]): Promise<unknown> {
    const { code, text } = await this.run(...argv);
    if (code !== 0) throw new CommandError(`${failure}: exit status ${code}`);
    try {
      return JSON.parse(text);
    } catch (thrown) {
      throw new CommandError(`${failure}: ${thrown instanceof Error ? thrown.message : thrown}`);
    }
  }

  async takesRuntimeFlags(): Promise<boolean> {
    const { code, text } = await this.run("docker-cli-plugin-metadata");
    const version = /"Version":\s*"v?(\d+)\.(\d+)\.(\d+)/.exec(code === 0 ? text : "");
    if (!version) return false;
    const difference = RUNTIME_FLAGS.map((part, index) => Number(version[index + 1]) - part).find((part) => part !== 0);
    return difference === undefined || difference > 0;
  }
}

async function openPlugin(compose: ComposeSession, project: Project): Promise<ModelPlugin> {
  const program = await findPlugin(compose.session, "model");
  if (program === undefined) throw new CommandError("'models' support requires Docker Model plugin");
  const { host } = await compose.session.target();
  return new ModelPlugin(program, { ...Object.fromEntries(project.environment), DOCKER_HOST: host });
}

/** Tags of the local models. */
function tagsOf(list: unknown): Set<string> {
  const models: unknown[] = Array.isArray(list) ? list : [];
  return new Set(
    models.flatMap((model) => {
      const tags: unknown = Object(model).tags;
      return Array.isArray(tags) ? tags.map(String) : [];
    }),
  );
}

async function configure(plugin: ModelPlugin, id: string, config: Model, progress: Progress): Promise<void> {
  const { model = "", context_size: size, runtime_flags: flags = [] } = config;
  progress.tell({ id, state: "working", text: "Configuring" });
  const runtime = flags.length > 0 && (await plugin.takesRuntimeFlags()) ? ["--", ...flags] : [];
  const context = size === undefined || size <= 0 ? [] : ["--context-size", String(size)];
  const { code } = await plugin.run("configure", ...context, model, ...runtime);
  if (code !== 0) {
    progress.tell({ id, state: "error", text: `exit status ${code}` });
    throw new CommandError(`exit status ${code}`);
  }
  progress.tell({ id, state: "done", text: "Configured" });
}

function withVariables(service: Service, models: Readonly<Record<string, Model>>, endpoint: string): Service {
  if (!service.models) return service;
  const named = Object.entries(service.models).flatMap(([key, binding]): [string, string][] => {
    const prefix = key.toUpperCase().replaceAll("-", "_");
    return [
      [binding?.model_var || `${prefix}_MODEL`, models[key]?.model ?? ""],
      [binding?.endpoint_var || `${prefix}_URL`, endpoint],
    ];
  });
  const all = [...new Map([...Object.entries(service.environment ?? {}), ...named])];
  return inPrintedOrder({ ...service, environment: Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1))) });
}

/**
 * Pulls and configures the models of a project through the plugin.
 * @returns the project whose services have the models' variables
 * @throws CommandError without the plugin, or when it fails
 */
export async function withModels(compose: ComposeSession, project: Project, progress: Progress): Promise<Project> {
  const models = project.attributes.models ?? {};
  if (Object.keys(models).length === 0) return project;
  const plugin = await openPlugin(compose, project);
  if (compose.options.dryRun) return project;
  const available = tagsOf(await plugin.json("error checking available models", "ls", "--json"));
  const status = await plugin.json("error checking docker-model status", "status", "--json");
  await inParallel(Object.entries(models), compose.options.parallel, async ([key, config]) => {
    const id = config.name || key;
    if (!available.has(config.model ?? "")) {
      progress.tell({ id, state: "working", text: "Pulling" });
      const { code } = await plugin.run("pull", config.model ?? "");
      if (code !== 0) {
        progress.tell({ id, state: "error", text: `exit status ${code}` });
        throw new CommandError(`exit status ${code}`);
      }
      progress.tell({ id, state: "working", text: "Pulled" });
    }
    await configure(plugin, id, config, progress);
  });
  const endpoint = String(Object(status).endpoint ?? "");
  const services = new Map(
    [...project.services].map(([name, service]) => [name, withVariables(service, models, endpoint)]),
  );
  return { ...project, services };
}
