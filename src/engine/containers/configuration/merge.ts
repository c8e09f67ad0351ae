// Merges a client's configuration of a container with that of its image.
import { randomBytes } from "node:crypto";
import { hostname as hostOfEngine } from "node:os";
import { posix } from "node:path";
import type { ContainerConfig } from "../../../api/containers.ts";
import { inheritVariables } from "../../../api/environment.ts";
import { BerthError } from "../../../api/errors.ts";
import type { HostConfig } from "../../../api/host-configuration.ts";
import { NEVER } from "../../../api/time.ts";
import type { ContainerState } from "../record.ts";

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
  asked: ContainerConfig,
  image: ContainerConfig,
  id: string,
  hostConfig: HostConfig,
): ContainerConfig {
  const keepsImageCommand = !asked.Entrypoint?.length && !asked.Cmd?.length;
  const [onlyEntrypoint] = asked.Entrypoint ?? [];
  // `--entrypoint ""` removes the image's entrypoint.
  const entrypoint = asked.Entrypoint?.length === 1 && onlyEntrypoint === "" ? [] : asked.Entrypoint;
  const merged: ContainerConfig = {
    ...asked,
    Hostname:
      asked.Hostname ||
      (hostConfig.NetworkMode === "host" || hostConfig.UTSMode === "host" ? hostOfEngine() : shortId(id)),
    Domainname: asked.Domainname ?? "",
    User: asked.User || image.User || "",
    AttachStdin: asked.AttachStdin ?? false,
    AttachStdout: asked.AttachStdout ?? false,
    AttachStderr: asked.AttachStderr ?? false,
    Tty: asked.Tty ?? false,
    OpenStdin: asked.OpenStdin ?? false,
    StdinOnce: asked.StdinOnce ?? false,
    Env: mergeEnvironment(asked.Env, image.Env),
    Cmd: asked.Cmd?.length ? asked.Cmd : keepsImageCommand ? image.Cmd : asked.Cmd,
    Entrypoint: entrypoint?.length ? entrypoint : asked.Entrypoint?.length ? undefined : image.Entrypoint,
    // Docker cleans the path of a request, but not that of an image; a relative one is refused later.
    WorkingDir: cleanedDirectory(asked.WorkingDir ?? "") || image.WorkingDir || "",
    Labels: byName({ ...image.Labels, ...asked.Labels }),
    Volumes: mergeKeys(asked.Volumes, image.Volumes),
    ExposedPorts: mergeKeys(asked.ExposedPorts, image.ExposedPorts),
    Healthcheck: mergeHealthcheck(asked.Healthcheck, image.Healthcheck),
    StopSignal: asked.StopSignal || image.StopSignal,
    Shell: asked.Shell ?? image.Shell,
    OnBuild: undefined,
  };
  if (!merged.Entrypoint?.length && !merged.Cmd?.length) {
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

function mergeKeys<T>(
  asked: Record<string, T> | undefined,
  image: Record<string, T> | undefined,
): Record<string, T> | undefined {
  const merged = { ...image, ...asked };
  return Object.keys(merged).length === 0 ? undefined : merged;
}

function mergeHealthcheck(
  asked: ContainerConfig["Healthcheck"],
  image: ContainerConfig["Healthcheck"],
): ContainerConfig["Healthcheck"] {
  if (!asked) return image;
  if (!image) return asked;
  return {
    Test: asked.Test?.length ? asked.Test : image.Test,
    Interval: asked.Interval || image.Interval,
    Timeout: asked.Timeout || image.Timeout,
    StartPeriod: asked.StartPeriod || image.StartPeriod,
    StartInterval: asked.StartInterval || image.StartInterval,
    Retries: asked.Retries || image.Retries,
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
