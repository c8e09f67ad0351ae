// `create`: from a client's request to a recorded container that can be started. Everything is checked before anything is
// created, and what was created is removed again when a later step fails.
import { mkdirSync, rmSync } from "node:fs";
import type { CreateContainerAnswer, CreateContainerRequest } from "../../../api/containers.ts";
import { BerthError, isKind } from "../../../api/errors.ts";
import type { HostConfig } from "../../../api/host-configuration.ts";
import { timestampNow } from "../../../api/time.ts";
import type { OciRuntime } from "../../../runtime/oci-runtime.ts";
import type { HostFacts } from "../../../runtime/spec/host.ts";
import { containerOfMode } from "../../../runtime/spec/namespaces.ts";
import { completeResources } from "../../../runtime/spec/validation/resources.ts";
import type { EngineConfig } from "../../config.ts";
import type { Events } from "../../events.ts";
import { Container, containerPaths } from "../container.ts";
import type { ContainerNetworks, ContainerVolumes, ImageSource } from "../dependencies.ts";
import { readProbe } from "../health/probes.ts";
import { checkRestartPolicy } from "../life/restart-policy.ts";
import { Trace } from "../life/trace.ts";
import { resolveLinks } from "../links.ts";
import { checkLogDriver } from "../logs/drivers.ts";
import { publish } from "../publish.ts";
import type { ContainerSpec } from "../record.ts";
import type { ContainerStore } from "../store.ts";
import { generateName } from "./generated-names.ts";
import { completeHostConfig, refuseConflicts } from "./host-configuration.ts";
import { checkedName, mergeConfig, newContainerId, newState, shortId } from "./merge.ts";
import { withoutSecretValues } from "./secrets.ts";

export interface CreationParts {
  config: EngineConfig;
  store: ContainerStore<Container>;
  images: ImageSource;
  networks: ContainerNetworks;
  volumes: ContainerVolumes;
  hostFacts: HostFacts;
  events: Events;
  /** Checks and warns about a configuration. @throws BerthError invalidParameter */
  validate(config: ContainerSpec["config"], hostConfig: HostConfig): string[];
  /** @throws BerthError invalidParameter for an unknown runtime */
  runtimeOf(name: string): OciRuntime;
}

export interface CreateOptions {
  /** As the client gave it; a name is generated without one. */
  name?: string | undefined;
  /** "os/architecture" the image must have; any without it. */
  platform?: string;
  /** Whether read-only binds leave the mounts below them writable by default, as before API 1.44. */
  readOnlyNonRecursive?: boolean;
  /** Whether the container is for a step of a build: its request is complete, the image's configuration does not count. */
  isBuildStep?: boolean;
  /** Times the creation and the first run. */
  trace?: Trace;
}

/** @throws BerthError */
export function createContainer(
  parts: CreationParts,
  request: CreateContainerRequest,
  { name, platform = "", readOnlyNonRecursive = false, isBuildStep = false, trace = new Trace() }: CreateOptions = {},
): CreateContainerAnswer {
  trace.end("request");
  const { config, store, hostFacts, networks, volumes } = parts;
  if (Object.keys(request).every((field) => ["HostConfig", "NetworkingConfig"].includes(field))) {
    throw new BerthError("invalidParameter", "config cannot be empty in order to create a container");
  }
  const { HostConfig = {}, NetworkingConfig, ...asked } = request;
  checkRestartPolicy(HostConfig.RestartPolicy ?? {});
  readProbe(asked.Healthcheck, asked.Shell);
  refuseConflicts(asked, HostConfig);
  refuseAbsentContainers(HostConfig, store);
  const links = resolveLinks(HostConfig.Links ?? [], (reference) => store.get(reference));
  const requested = completeHostConfig({ ...HostConfig, Links: links }, config, hostFacts);
  const hostConfig = completeResources(requested, hostFacts);
  const wanted = name ? checkedName(name) : undefined;
  const { image, warnings: imageWarnings } = parts.images.choose(asked.Image ?? "", platform);
  const id = newContainerId();
  const merged = mergeConfig(asked, isBuildStep ? {} : (image.config.config ?? {}), id, hostConfig);
  const warnings = [...imageWarnings, ...parts.validate(merged, requested)];
  checkLogDriver(hostConfig.LogConfig?.Type ?? "", hostConfig.LogConfig?.Config ?? {});
  const runtime = parts.runtimeOf(hostConfig.Runtime);
  const chosen = wanted ?? generateName((candidate) => store.isNameTaken(candidate), shortId(id));
  const paths = containerPaths(config.dataRoot, config.execRoot, id);
  store.reserveName(chosen, id);
  let created: string[] = [];
  try {
    mkdirSync(paths.directory, { recursive: true, mode: 0o710 });
    const container = store.transaction(() => {
      networks.plan(id, {
        networkMode: hostConfig.NetworkMode,
        endpoints: endpointsByName(NetworkingConfig?.EndpointsConfig ?? {}),
        hostConfig,
        config: merged,
      });
      const mounts = volumes.prepare(id, {
        config: merged,
        hostConfig,
        idOf: (reference) => store.get(reference).id,
        readOnlyNonRecursive,
      });
      created = mounts.createdVolumes;
      const spec: ContainerSpec = {
        id,
        name: chosen,
        created: timestampNow(),
        imageReference: asked.Image ?? "",
        imageId: image.id,
        config: merged,
        hostConfig: withoutSecretValues(hostConfig),
        mountPoints: mounts.mountPoints,
        anonymousVolumes: mounts.anonymousVolumes,
        ...(isBuildStep ? { isBuildStep } : {}),
      };
      const container = new Container(spec, newState(), paths, () => runtime);
      container.trace = trace;
      store.insert(container);
      return container;
    });
    publish(parts.events, container, "create");
    trace.end("record");
    return { Id: id, Warnings: warnings };
  } catch (thrown) {
    networks.forget(id);
    volumes.release(id, created);
    rmSync(paths.directory, { recursive: true, force: true });
    throw thrown;
  } finally {
    store.releaseName(chosen);
  }
}

/** A container whose namespaces are to be joined must exist. @throws BerthError invalidParameter */
function refuseAbsentContainers({ PidMode, IpcMode }: HostConfig, store: ContainerStore<Container>): void {
  for (const reference of [containerOfMode(PidMode), containerOfMode(IpcMode)]) {
    if (!reference) continue;
    try {
      store.get(reference);
    } catch (thrown) {
      // On notFound, `run` would pull the image.
      if (isKind(thrown, "notFound")) throw new BerthError("invalidParameter", thrown.message, thrown);
      throw thrown;
    }
  }
}

/** Clients name the network of a container that asks for none "default", also in endpoint settings. */
function endpointsByName<T>(endpoints: Record<string, T>): Record<string, T> {
  const entries = Object.entries(endpoints);
  return Object.fromEntries(entries.map(([name, request]) => [name === "default" ? "bridge" : name, request]));
}
