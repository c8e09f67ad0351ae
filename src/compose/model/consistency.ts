// Checks across the parts of a project: references must name something that exists.
import { ComposeError } from "./compose-error.ts";
import type { Project, Service } from "./project.ts";
import { scaleOf } from "./project.ts";
import type { Path } from "./value.ts";

const INVALID = "invalid compose project";

class Checker {
  readonly #project: Project;
  readonly #service: Service;

  constructor(project: Project, service: Service) {
    this.#project = project;
    this.#service = service;
  }

  run(): void {
    this.#source();
    this.#build();
    this.#networks();
    this.#healthcheck();
    this.#dependencies();
    this.#resources();
    this.#limits();
    this.#scale();
    this.#watch();
    this.#mounts();
  }

  #fail(words: string, ...path: string[]): ComposeError {
    return new ComposeError(words, ["services", this.#service.name, ...path]);
  }

  #undefined(kind: string, name: string, ...path: string[]): ComposeError {
    return this.#fail(`service "${this.#service.name}" refers to undefined ${kind} ${name}: ${INVALID}`, ...path);
  }

  #source(): void {
    const { name, build, image, provider } = this.#service;
    if (build || image || provider) return;
    throw this.#fail(`service "${name}" has neither an image nor a build context specified: ${INVALID}`);
  }

  #build(): void {
    const { name, build, platform } = this.#service;
    if (!build) return;
    if (build.dockerfile_inline && build.dockerfile) {
      const words = `service "${name}" declares mutualy exclusive dockerfile and dockerfile_inline: ${INVALID}`;
      throw this.#fail(words, "build");
    }
    for (const [key, context] of Object.entries(build.additional_contexts ?? {})) {
      if (!context.startsWith("service:")) continue;
      const target = context.slice("service:".length);
      const other = this.#project.services.get(target);
      const kind = other ? "non-buildable" : "unknown";
      if (other?.build) continue;
      const words = `service "${name}" declares ${kind} service "${target}" as additional contexts ${key}`;
      throw this.#fail(words, "build", "additional_contexts", key);
    }
    if (build.platforms && platform && !build.platforms.includes(platform)) {
      throw this.#fail(`service.build.platforms MUST include service.platform "${platform}": ${INVALID}`, "platform");
    }
  }

  #networks(): void {
    const { name, network_mode: mode, networks = {} } = this.#service;
    if (mode && Object.keys(networks).length > 0) {
      const words = `service ${name} declares mutually exclusive \`network_mode\` and \`networks\`: ${INVALID}`;
      throw this.#fail(words, "network_mode");
    }
    for (const network of Object.keys(networks)) {
      if (!this.#project.networks.has(network)) throw this.#undefined("network", network, "networks", network);
    }
    const shared = mode?.startsWith("service:") ? mode.slice("service:".length) : undefined;
    if (shared !== undefined && !this.#project.services.has(shared)) {
      throw this.#fail(`service "${shared}" not found for network_mode 'service:${shared}'`, "network_mode");
    }
  }

  #healthcheck(): void {
    const [first] = this.#service.healthcheck?.test ?? [];
    if (first === undefined || ["CMD", "CMD-SHELL", "NONE"].includes(first)) return;
    throw this.#fail(`healthcheck.test must start either by "CMD", "CMD-SHELL" or "NONE"`, "healthcheck", "test");
  }

  #dependencies(): void {
    const { name, depends_on: dependencies = {} } = this.#service;
    for (const [other, { required }] of Object.entries(dependencies)) {
      if (this.#project.services.has(other)) continue;
      if (required === false && this.#project.disabled.has(other)) continue;
      throw this.#fail(`service "${name}" depends on undefined service "${other}": ${INVALID}`, "depends_on", other);
    }
  }

  #resources(): void {
    const { volumes = [], build, configs = [], secrets = [] } = this.#service;
    for (const [index, { type, source }] of volumes.entries()) {
      if (type !== "volume" || !source || this.#project.volumes.has(source)) continue;
      throw this.#undefined("volume", source, "volumes", String(index));
    }
    for (const { source = "" } of build?.secrets ?? []) {
      if (!this.#project.secrets.has(source)) throw this.#undefined("build secret", source, "build", "secrets");
    }
    for (const [index, { source = "" }] of configs.entries()) {
      if (!this.#project.configs.has(source)) throw this.#undefined("config", source, "configs", String(index));
    }
    for (const model of Object.keys(this.#service.models ?? {})) {
      if (this.#project.attributes.models?.[model] === undefined)
        throw this.#undefined("model", model, "models", model);
    }
    for (const [index, { source = "" }] of secrets.entries()) {
      if (!this.#project.secrets.has(source)) throw this.#undefined("secret", source, "secrets", String(index));
    }
  }

  #limits(): void {
    const { name, deploy, cpus, mem_limit, mem_reservation, pids_limit } = this.#service;
    const { limits, reservations } = deploy?.resources ?? {};
    const distinct = (one: string, other: string) =>
      this.#fail(`services.${name}: can't set distinct values on '${one}' and '${other}': ${INVALID}`, one);
    if (limits) {
      if (cpus && (limits.cpus ?? 0) !== cpus) throw distinct("cpus", "deploy.resources.limits.cpus");
      if (mem_limit && limits.memory !== mem_limit) throw distinct("mem_limit", "deploy.resources.limits.memory");
      if (pids_limit && limits.pids !== pids_limit) throw distinct("pids_limit", "deploy.resources.limits.pids");
    }
    if (reservations && mem_reservation && reservations.memory !== mem_reservation) {
      throw distinct("mem_reservation", "deploy.resources.reservations.memory");
    }
  }

  #scale(): void {
    const { name, scale, deploy, container_name } = this.#service;
    if (scale !== undefined && deploy?.replicas !== undefined && scale !== deploy.replicas) {
      const words = `services.${name}: can't set distinct values on 'scale' and 'deploy.replicas': ${INVALID}`;
      throw this.#fail(words, "scale");
    }
    if (scale !== undefined && scale < 0) {
      throw this.#fail(`services.${name}.scale: must be greater than or equal to 0`, "scale");
    }
    if (deploy?.replicas !== undefined && deploy.replicas < 0) {
      const words = `services.${name}.deploy.replicas: must be greater than or equal to 0`;
      throw this.#fail(words, "deploy", "replicas");
    }
    if (scaleOf(this.#service) > 1 && container_name) {
      const attribute = scale === undefined ? "deploy.replicas" : "scale";
      const words = `services.${attribute}: can't set container_name and ${name} as container name must be unique: ${INVALID}`;
      throw this.#fail(words, "container_name");
    }
  }

  #watch(): void {
    const { name, develop } = this.#service;
    for (const [index, { target, action }] of (develop?.watch ?? []).entries()) {
      if (target || action === "rebuild" || action === "restart") continue;
      const words = `services.${name}.develop.watch: target is required for non-rebuild actions: ${INVALID}`;
      throw this.#fail(words, "develop", "watch", String(index));
    }
  }

  #mounts(): void {
    const { name, tmpfs = [], volumes = [] } = this.#service;
    const mounted = new Map<string, string>();
    const mount = (target: string, list: string, index: number): void => {
      const where = `services.${name}.${list}[${index}]`;
      const other = mounted.get(target);
      if (other !== undefined) {
        throw this.#fail(`${where}: target ${target} already mounted as ${other}`, list, String(index));
      }
      mounted.set(target, where);
    };
    for (const [index, entry] of tmpfs.entries()) mount(entry.split(":", 1)[0] ?? "", "tmpfs", index);
    for (const [index, { target = "" }] of volumes.entries()) mount(target, "volumes", index);
  }
}

/** Finds the first dependency cycle. */
function checkCycles({ services }: Project): void {
  const done = new Set<string>();
  const walk = (name: string, way: readonly string[]): void => {
    const start = way.indexOf(name);
    if (start >= 0) {
      const last: Path = ["services", way.at(-1) ?? name, "depends_on", name];
      throw new ComposeError(`dependency cycle detected: ${[...way.slice(start), name].join(" -> ")}`, last);
    }
    if (done.has(name)) return;
    for (const next of Object.keys(services.get(name)?.depends_on ?? {}).sort()) walk(next, [...way, name]);
    done.add(name);
  };
  for (const name of [...services.keys()].sort()) walk(name, []);
}

/** @throws ComposeError in Compose's words */
export function checkConsistency(project: Project): void {
  for (const service of project.services.values()) new Checker(project, service).run();
  for (const [name, { external, file, environment }] of project.secrets) {
    if (external || file || environment) continue;
    const words = `secret "${name}" must declare either \`file\` or \`environment\`: ${INVALID}`;
    throw new ComposeError(words, ["secrets", name]);
  }
  checkCycles(project);
}

/** @throws ComposeError when two services have the same container name */
export function checkContainerNames({ services }: Project): void {
  const owners = new Map<string, string>();
  for (const { name, container_name: wanted } of services.values()) {
    if (!wanted) continue;
    const owner = owners.get(wanted);
    if (owner !== undefined) {
      const words = `services.${name}: container name "${wanted}" is already in use by service ${owner}"`;
      throw new ComposeError(words, ["services", name, "container_name"]);
    }
    owners.set(wanted, name);
  }
}
