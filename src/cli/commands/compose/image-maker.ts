// Provides images for a project: pulls with the user's credentials, builds through `berth build`.
import { writeFileSync } from "node:fs";
import { parseReference, withDefaultTag } from "../../../api/references.ts";
import type { ProgressLine } from "../../../client/index.ts";
import { allServices, imageOf, type Project, type Service } from "../../../compose/model/project.ts";
import type { ImageMaker } from "../../../compose/project/images.ts";
import type { Progress } from "../../../compose/project/progress.ts";
import { buildFlags } from "../../build/flags.ts";
import { temporaryDirectory } from "../../build/temporary.ts";
import { findCredentials, serverOf } from "../../credentials/store.ts";
import { CommandError } from "../../failure.ts";
import { parseArguments } from "../../flags/parse.ts";
import { build, isClassic } from "../image/build.ts";
import type { ComposeSession } from "./session.ts";

export interface BuildSettings {
  /** --build-arg. */
  arguments: readonly string[];
  noCache: boolean;
  pull: boolean;
  quiet: boolean;
  memory: string;
  ssh: string;
  /** Pushes the images of services that name one. */
  push: boolean;
  /** Only checks the Dockerfiles. */
  check: boolean;
  builder: string;
  /** Attestations; empty leaves the choice to the builder. */
  provenance: string;
  sbom: string;
  /** Empty is the default of `berth build`. */
  progress: string;
}

export const defaultBuildSettings: BuildSettings = {
  arguments: [],
  noCache: false,
  pull: false,
  quiet: false,
  memory: "",
  ssh: "",
  push: false,
  check: false,
  builder: "",
  provenance: "",
  sbom: "",
  progress: "",
};

/** Reports the lines of a pull as the layers of the image. */
export async function tellTransfer(
  lines: AsyncIterable<ProgressLine>,
  parent: string,
  progress: Pick<Progress, "tell">,
): Promise<void> {
  for await (const { id, status, progressDetail, error } of lines) {
    if (error !== undefined) throw new CommandError(error);
    if (!id || !status) continue;
    const state = /complete|exists|Pushed/.test(status) ? "done" : "working";
    progress.tell({
      id,
      parent,
      state,
      text: status,
      ...(progressDetail?.current !== undefined && { current: progressDetail.current }),
      ...(progressDetail?.total !== undefined && { total: progressDetail.total }),
    });
  }
}

function inlineDockerfile(text: string): string {
  const path = `${temporaryDirectory()}/Dockerfile`;
  writeFileSync(path, text);
  return path;
}

const SERVICE = "service:";

/** A context that is a service is that service's image. */
function contextSource(value: string, project: Project, separator: "-" | "_"): string {
  const other = value.startsWith(SERVICE) ? allServices(project).get(value.slice(SERVICE.length)) : undefined;
  return other ? `docker-image://${imageOf(other, project, separator)}` : value;
}

/** The services with those whose images are contexts of their builds, each after what it needs. */
function inBuildOrder(services: readonly Service[], project: Project): Set<Service> {
  const ordered = new Set<Service>();
  const all = allServices(project);
  const visit = (service: Service): void => {
    for (const value of Object.values(service.build?.additional_contexts ?? {})) {
      const other = value.startsWith(SERVICE) ? all.get(value.slice(SERVICE.length)) : undefined;
      if (other?.build) visit(other);
    }
    ordered.add(service);
  };
  for (const service of services) visit(service);
  return ordered;
}

/** The command line of `berth build` that builds a service. */
export function buildArguments(
  service: Service,
  project: Project,
  separator: "-" | "_",
  settings: BuildSettings,
): string[] {
  const { build: attributes = {}, platform } = service;
  const { context = ".", dockerfile, dockerfile_inline: inline, labels = {}, args = {}, ulimits = {} } = attributes;
  const words: string[] = [];
  const option = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") words.push(`--${name}=${value}`);
  };
  const isLocal = context.startsWith("/");
  if (inline !== undefined) option("file", inlineDockerfile(inline));
  else if (dockerfile !== undefined) {
    option("file", isLocal && !dockerfile.startsWith("/") ? `${context}/${dockerfile}` : dockerfile);
  }
  option("tag", imageOf(service, project, separator));
  for (const tag of attributes.tags ?? []) option("tag", tag);
  for (const [name, value] of Object.entries(args))
    words.push(`--build-arg=${value === null ? name : `${name}=${value}`}`);
  for (const argument of settings.arguments) words.push(`--build-arg=${argument}`);
  for (const [name, value] of Object.entries(labels)) words.push(`--label=${name}=${value}`);
  words.push(
    `--label=com.docker.compose.project=${project.name}`,
    `--label=com.docker.compose.service=${service.name}`,
  );
  for (const source of attributes.cache_from ?? []) option("cache-from", source);
  for (const target of attributes.cache_to ?? []) option("cache-to", target);
  for (const host of attributes.extra_hosts ?? []) option("add-host", host.replace("=", ":"));
  for (const [name, value] of Object.entries(attributes.additional_contexts ?? {})) {
    option("build-context", `${name}=${contextSource(value, project, separator)}`);
  }
  for (const { source = "", target } of attributes.secrets ?? []) {
    const secret = project.secrets.get(source);
    const from = secret?.environment ? `env=${secret.environment}` : `src=${secret?.file ?? ""}`;
    option("secret", `id=${target ?? source},${from}`);
  }
  for (const key of attributes.ssh ?? []) option("ssh", key);
  option("ssh", settings.ssh);
  for (const [name, limit] of Object.entries(ulimits)) {
    option("ulimit", `${name}=${typeof limit === "number" ? limit : `${limit.soft}:${limit.hard}`}`);
  }
  option("target", attributes.target);
  option("network", attributes.network);
  option("shm-size", attributes.shm_size);
  option("isolation", attributes.isolation);
  option("memory", settings.memory);
  const [only, ...others] = attributes.platforms ?? [];
  option("platform", platform ?? (others.length === 0 ? only : undefined));
  if (settings.noCache || attributes.no_cache) words.push("--no-cache");
  if (settings.pull || attributes.pull) words.push("--pull");
  if (settings.check) words.push("--check");
  option("builder", settings.builder);
  option("provenance", settings.provenance);
  option("sbom", settings.sbom);
  // Unlike --quiet, this does not print the image's ID.
  option("progress", settings.quiet ? "quiet" : settings.progress);
  for (const entitlement of attributes.privileged ? ["security.insecure"] : (attributes.entitlements ?? [])) {
    option("allow", entitlement);
  }
  return [...words, context];
}

/** @throws CommandError in Compose's words for what only BuildKit can do, when DOCKER_BUILDKIT=0 selects the other builder */
function checkBuilder({ build = {} }: Service, settings: BuildSettings): void {
  if (!isClassic()) return;
  const unsupported = [
    ["multi-arch build", (build.platforms?.length ?? 0) > 1],
    ["privileged mode", build.privileged === true],
    ["additional contexts", Object.keys(build.additional_contexts ?? {}).length > 0],
    ["SSH keys", (build.ssh?.length ?? 0) > 0 || settings.ssh !== ""],
    ["secrets", (build.secrets?.length ?? 0) > 0],
  ] as const;
  const [what] = unsupported.find(([, isUsed]) => isUsed) ?? [];
  if (what === undefined) return;
  throw new CommandError(`the classic builder doesn't support ${what}, set DOCKER_BUILDKIT=1 to use BuildKit`);
}

/** Builds one service as `berth build` would. Returns the image's ID. */
export async function buildService(
  compose: ComposeSession,
  project: Project,
  service: Service,
  settings: BuildSettings,
): Promise<string> {
  checkBuilder(service, settings);
  const { session, separator } = compose;
  // `berth build` reads secrets from its environment, which lacks the variables of .env files.
  for (const { source = "" } of service.build?.secrets ?? []) {
    const name = project.secrets.get(source)?.environment;
    const value = name === undefined ? undefined : project.environment.get(name);
    if (name !== undefined && value !== undefined) process.env[name] = value;
  }
  const { values, positionals } = parseArguments(buildFlags(), buildArguments(service, project, separator, settings));
  return build(session, positionals[0] ?? ".", values, session.stdout);
}

export function imageMaker(
  compose: ComposeSession,
  project: Project,
  progress: Progress,
  settings: BuildSettings & { quietPull: boolean },
): ImageMaker {
  const { session, options } = compose;
  return {
    async pull(image, service) {
      if (options.dryRun) return;
      const { domain } = withDefaultTag(parseReference(image));
      const [berth, credentials] = await Promise.all([session.berth(), findCredentials(session, serverOf(domain))]);
      const platform = service.platform || project.environment.get("DOCKER_DEFAULT_PLATFORM");
      const lines = berth.images.pull(image, { platform, credentials });
      const quiet = { tell: () => undefined };
      await tellTransfer(lines, `Image ${image}`, settings.quietPull ? quiet : progress);
    },
    async build(services) {
      // Sequential: all builds draw their progress on the same screen.
      for (const service of inBuildOrder(services, project)) {
        const id = `Service ${service.name}`;
        progress.tell({ id, state: "working", text: "Building" });
        if (!options.dryRun) await progress.aside(() => buildService(compose, project, service, settings));
        progress.tell({ id, state: "done", text: "Built" });
      }
    },
  };
}
