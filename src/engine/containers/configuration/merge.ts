// Merges a client's configuration of a container with that of its image.
import { randomBytes } from "node:crypto";
import { hostname as hostOfEngine } from "node:os";
import { posix } from "node:path";
import { inheritVariables } from "../../../api/environment.ts";
import { BerthError } from "../../../api/errors.ts";
import { NEVER } from "../../../api/time.ts";
import type { ContainerState } from "../record.ts";
import type { ContainerConfiguration, HealthCheck, PartialConfiguration } from "./container-configuration.ts";
import type { HostConfiguration } from "./host-configuration.ts";

const NAME_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const SHORT_ID_LENGTH = 12;

/** 64 hexadecimal digits. The first twelve are never all decimal, which could be mistaken for a number. */
export function newContainerId(): string {
  while (true) {
    const id = randomBytes(32).toString("hex");
    if (!/^\d{12}/.test(id)) return id;
  }
}

export const shortId = (id: string): string => id.slice(0, SHORT_ID_LENGTH);

/** The name without its optional leading slash. @throws BerthError invalidParameter */
export function checkedName(name: string): string {
  const bare = name.replace(/^\//, "");
  if (NAME_PATTERN.test(bare)) return bare;
  throw new BerthError(
    "invalidParameter",
    `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
  );
}

/** Sorted, as Go writes maps. */
function byName(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** The image's configuration with the client's on top. @throws BerthError invalidParameter when there is no command */
export function mergeConfig(
  asked: PartialConfiguration,
  image: PartialConfiguration,
  id: string,
  hostConfig: HostConfiguration,
): ContainerConfiguration {
  const keepsImageCommand = !asked.entrypoint?.length && !asked.cmd?.length;
  const [onlyEntrypoint] = asked.entrypoint ?? [];
  // `--entrypoint ""` removes the image's entrypoint.
  const entrypoint = asked.entrypoint?.length === 1 && onlyEntrypoint === "" ? [] : asked.entrypoint;
  const merged: ContainerConfiguration = {
    ...asked,
    hostname:
      asked.hostname ||
      (hostConfig.networkMode === "host" || hostConfig.utsMode === "host" ? hostOfEngine() : shortId(id)),
    domainname: asked.domainname ?? "",
    user: asked.user || image.user || "",
    attachStdin: asked.attachStdin ?? false,
    attachStdout: asked.attachStdout ?? false,
    attachStderr: asked.attachStderr ?? false,
    tty: asked.tty ?? false,
    openStdin: asked.openStdin ?? false,
    stdinOnce: asked.stdinOnce ?? false,
    env: mergeEnvironment(asked.env, image.env),
    cmd: asked.cmd?.length ? asked.cmd : keepsImageCommand ? image.cmd : asked.cmd,
    entrypoint: entrypoint?.length ? entrypoint : asked.entrypoint?.length ? undefined : image.entrypoint,
    // Docker cleans the path of a request, but not that of an image; a relative one is refused later.
    workingDir: cleanedDirectory(asked.workingDir ?? "") || image.workingDir || "",
    labels: byName({ ...image.labels, ...asked.labels }),
    volumes: union(asked.volumes, image.volumes),
    exposedPorts: union(asked.exposedPorts, image.exposedPorts),
    healthCheck: mergeHealthCheck(asked.healthCheck, image.healthCheck),
    stopSignal: asked.stopSignal || image.stopSignal,
    shell: asked.shell ?? image.shell,
    onBuild: undefined,
  };
  if (!merged.entrypoint?.length && !merged.cmd?.length) {
    throw new BerthError("invalidParameter", "no command specified");
  }
  return merged;
}

function cleanedDirectory(path: string): string {
  return posix.isAbsolute(path) ? posix.resolve(path) : path;
}

function mergeEnvironment(asked: string[] | undefined, image: string[] | undefined): string[] | undefined {
  return asked?.length ? inheritVariables(asked, image ?? []) : image;
}

/** Those of the image come first, as in Docker. */
function union(asked: readonly string[] = [], image: readonly string[] = []): string[] {
  return [...new Set([...image, ...asked])];
}

function mergeHealthCheck(asked: HealthCheck | undefined, image: HealthCheck | undefined): HealthCheck | undefined {
  if (!asked) return image;
  if (!image) return asked;
  return {
    test: asked.test?.length ? asked.test : image.test,
    interval: asked.interval || image.interval,
    timeout: asked.timeout || image.timeout,
    startPeriod: asked.startPeriod || image.startPeriod,
    startInterval: asked.startInterval || image.startInterval,
    retries: asked.retries || image.retries,
  };
}

export function newState(): ContainerState {
  return {
    life: { status: "created" },
    exitCode: 0,
    error: "",
    oomKilled: false,
    outputTruncated: false,
    startedAt: NEVER,
    finishedAt: NEVER,
    restartCount: 0,
    restartDelay: 0,
    stoppedByClient: false,
  };
}
