// Differences between API versions for containers. Each row names the version that changed something and adapts a
// request or an answer of an older one. Source: moby's docs/api/version-history.md.
import type { CreateContainerRequest, UpdateContainerRequest } from "../../api/container-requests.ts";
import type { ContainerInspect, ContainerSummary } from "../../api/containers.ts";
import { BerthError } from "../../api/errors.ts";
import type { CreateExecRequest } from "../../api/exec.ts";
import type { ApiVersion } from "../exchange.ts";

interface VersionChange {
  /** The minor version with the change; the row applies to older ones. */
  since: number;
  create?(request: CreateContainerRequest): void;
  exec?(request: CreateExecRequest): void;
  update?(request: UpdateContainerRequest): void;
  inspect?(answer: ContainerInspect): void;
  summary?(answer: ContainerSummary): void;
}

type Mounts = NonNullable<NonNullable<CreateContainerRequest["HostConfig"]>["Mounts"]>;

const mountsOf = ({ HostConfig }: CreateContainerRequest): Mounts => HostConfig?.Mounts ?? [];
const hostConfigOf = (request: CreateContainerRequest) => {
  request.HostConfig ??= {};
  return request.HostConfig;
};

const changes: readonly VersionChange[] = [
  {
    // Older clients remove the container themselves.
    since: 25,
    create: (request) => {
      hostConfigOf(request).AutoRemove = false;
    },
  },
  {
    since: 40,
    create: (request) => {
      const hostConfig = hostConfigOf(request);
      hostConfig.IpcMode ||= "shareable";
      delete hostConfig.KernelMemoryTCP;
      for (const { BindOptions } of mountsOf(request)) if (BindOptions) BindOptions.NonRecursive = false;
    },
    update: (request) => {
      delete request.PidsLimit;
    },
  },
  {
    since: 42,
    create: (request) => {
      delete hostConfigOf(request).ConsoleSize;
      for (const mount of mountsOf(request)) {
        if (mount.BindOptions) mount.BindOptions.CreateMountpoint = false;
        if (mount.Type !== "volume") delete mount.VolumeOptions;
        if (mount.Type !== "tmpfs") delete mount.TmpfsOptions;
      }
    },
    exec: (request) => {
      delete request.ConsoleSize;
    },
    inspect: ({ HostConfig }) => {
      HostConfig.KernelMemory ??= 0;
      HostConfig.KernelMemoryTCP ??= 0;
    },
  },
  {
    since: 43,
    create: (request) => {
      delete hostConfigOf(request).Annotations;
    },
  },
  {
    since: 44,
    create: (request) => {
      delete request.Healthcheck?.StartInterval;
      for (const { Type, BindOptions } of mountsOf(request)) {
        if (Type === "bind" && BindOptions?.ReadOnlyForceRecursive) {
          refuse("BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer");
        }
      }
      const endpoints = request.NetworkingConfig?.EndpointsConfig ?? {};
      if (Object.keys(endpoints).length > 1) {
        refuse(
          `Container cannot be created with multiple network endpoints: ${Object.keys(endpoints).sort().join(", ")}`,
        );
      }
      for (const endpoint of Object.values(endpoints)) delete endpoint?.MacAddress;
    },
  },
  {
    since: 45,
    create: (request) => {
      if (mountsOf(request).some(({ VolumeOptions }) => VolumeOptions?.Subpath)) {
        refuse("VolumeOptions.Subpath needs API v1.45 or newer");
      }
    },
    inspect: ({ Id, Config, NetworkSettings }) => {
      for (const [name, endpoint] of Object.entries(NetworkSettings.Networks)) {
        if (["bridge", "host", "none"].includes(name)) continue;
        // There were none before the first start: docker-compose 1 takes them as a sign that it is connected.
        if (endpoint.EndpointID === "") continue;
        endpoint.Aliases = [...new Set([...(endpoint.Aliases ?? []), Id.slice(0, 12), Config.Hostname ?? ""])];
      }
    },
  },
  {
    since: 46,
    summary: ({ HostConfig }) => {
      delete HostConfig.Annotations;
    },
  },
  {
    since: 48,
    create: (request) => {
      if (mountsOf(request).some(({ Type }) => Type === "image")) {
        refuse('Mount type "Image" needs API v1.48 or newer');
      }
      for (const endpoint of Object.values(request.NetworkingConfig?.EndpointsConfig ?? {})) {
        delete endpoint?.GwPriority;
      }
    },
  },
];

const changesAfter = ({ minor }: ApiVersion): VersionChange[] => changes.filter(({ since }) => minor < since);

/** Adapts a request of that version, in place. @throws BerthError invalidParameter */
export function adaptedCreate(version: ApiVersion, request: CreateContainerRequest): CreateContainerRequest {
  for (const { create } of changesAfter(version)) create?.(request);
  return request;
}

export function adaptedExec(version: ApiVersion, request: CreateExecRequest): CreateExecRequest {
  for (const { exec } of changesAfter(version)) exec?.(request);
  return request;
}

export function adaptedUpdate(version: ApiVersion, request: UpdateContainerRequest): UpdateContainerRequest {
  for (const { update } of changesAfter(version)) update?.(request);
  return request;
}

export function inspectAnswerFor(version: ApiVersion, answer: ContainerInspect): ContainerInspect {
  for (const { inspect } of changesAfter(version)) inspect?.(answer);
  return answer;
}

export function summaryAnswerFor(version: ApiVersion, answer: ContainerSummary): ContainerSummary {
  for (const { summary } of changesAfter(version)) summary?.(answer);
  return answer;
}

function refuse(message: string): never {
  throw new BerthError("invalidParameter", message);
}
