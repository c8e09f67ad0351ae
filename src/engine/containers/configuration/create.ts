// `create`: from a client's request to a recorded container that can be started. Everything is checked before anything is
// created, and what was created is removed again when a later step fails.
import { mkdirSync, rmSync } from "node:fs";
import { BerthError, isKind } from "../../../api/errors.ts";
import { timestampNow } from "../../../api/time.ts";
import type { OciRuntime } from "../../../runtime/oci-runtime.ts";
import type { HostFacts } from "../../../runtime/spec/host.ts";
import { containerOfMode } from "../../../runtime/spec/namespaces.ts";
import { completeResources } from "../../../runtime/spec/validation/resources.ts";
import type { EngineConfig } from "../../config.ts";
import type { Events } from "../../events.ts";
import type { EndpointRequest } from "../../networks/records.ts";
import { Container, containerPaths } from "../container.ts";
import type { ContainerNetworks, ContainerVolumes, ImageSource } from "../dependencies.ts";
import { readProbe } from "../health/probes.ts";
import { checkBackoff } from "../lifecycle/restart-policy.ts";
import { Trace } from "../lifecycle/trace.ts";
import { resolveLinks } from "../links.ts";
import { checkLogDriver } from "../logs/drivers.ts";
import { publish } from "../publish.ts";
import type { ContainerSpec } from "../record.ts";
import type { ContainerStore } from "../store.ts";
import type { PartialConfiguration } from "./container-configuration.ts";
import { generateName } from "./generated-names.ts";
import type { HostConfiguration, HostRequest } from "./host-configuration.ts";
import { completeHostConfiguration, refuseConflicts } from "./host-defaults.ts";
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
  validate(config: ContainerSpec["config"], hostConfig: HostConfiguration): string[];
  /** @throws BerthError invalidParameter for an unknown runtime */
  runtimeOf(name: string): OciRuntime;
}

/** What a client asks for. */
export interface ContainerRequest {
  config: PartialConfiguration;
  host: HostRequest;
  /** By name or ID of the network. */
  endpoints?: Record<string, EndpointRequest> | undefined;
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

export interface CreatedContainer {
  id: string;
  /** For the user. */
  warnings: readonly string[];
}

/** @throws BerthError */
export function createContainer(
  parts: CreationParts,
  request: ContainerRequest,
  { name, platform = "", readOnlyNonRecursive = false, isBuildStep = false, trace = new Trace() }: CreateOptions = {},
): CreatedContainer {
  trace.end("request");
  const { config, store, hostFacts, networks, volumes } = parts;
  const { config: asked, host, endpoints } = request;
  checkBackoff(host.restartPolicy);
  readProbe(asked.healthCheck, asked.shell);
  refuseConflicts(asked, host);
  if (!asked.image && !asked.cmd?.length && !asked.entrypoint?.length) {
    throw new BerthError("invalidParameter", "no command specified");
  }
  const links = linksOf(host, store);
  const requested = completeHostConfiguration({ ...host, links, ...joinedById(host, store) }, config, hostFacts);
  const hostConfig = completeResources(requested, hostFacts);
  const wanted = name ? checkedName(name) : undefined;
  const { image, warnings: imageWarnings } = parts.images.choose(asked.image ?? "", platform);
  const id = newContainerId();
  const merged = mergeConfig(asked, isBuildStep ? {} : image.configuration, id, hostConfig);
  const warnings = [...imageWarnings, ...parts.validate(merged, requested)];
  checkLogDriver(hostConfig.log.driver, hostConfig.log.options);
  const runtime = parts.runtimeOf(hostConfig.runtime);
  const chosen = wanted ?? generateName((candidate) => store.isNameTaken(candidate), shortId(id));
  const paths = containerPaths(config.dataRoot, config.execRoot, id);
  store.reserveName(chosen, id);
  let created: string[] = [];
  try {
    mkdirSync(paths.directory, { recursive: true, mode: 0o710 });
    const container = store.transaction(() => {
      networks.configure(id, {
        endpoints: endpoints ?? {},
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
        imageReference: asked.image ?? "",
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
    return { id, warnings };
  } catch (thrown) {
    networks.forget(id);
    volumes.release(id, created);
    rmSync(paths.directory, { recursive: true, force: true });
    throw thrown;
  } finally {
    store.releaseName(chosen);
  }
}

/**
 * The links by ID. On networks other than the default one a name may be taken later, so that a missing one is no error.
 * @throws BerthError invalidParameter
 */
function linksOf({ links = [], networkMode }: HostRequest, store: ContainerStore<Container>): string[] {
  const isOnDefault =
    typeof networkMode !== "object" || !("network" in networkMode) || networkMode.network === "bridge";
  const known = isOnDefault ? links : links.filter((link) => store.find(link.split(":")[0] ?? "") !== undefined);
  return resolveLinks(known, (reference) => store.get(reference));
}

/**
 * The modes that join other containers' namespaces, with those containers' IDs: names may change.
 * @throws BerthError invalidParameter if a container does not exist, except for the network, which is joined at the start
 */
function joinedById(
  { pidMode, ipcMode, networkMode }: HostRequest,
  store: ContainerStore<Container>,
): Pick<HostRequest, "pidMode" | "ipcMode" | "networkMode"> {
  const byId = (reference: string): { container: string } => ({ container: store.get(reference).id });
  const [pid, ipc, network] = [pidMode, ipcMode, networkMode].map(containerOfMode);
  try {
    return {
      ...(pid !== undefined && { pidMode: byId(pid) }),
      ...(ipc !== undefined && { ipcMode: byId(ipc) }),
      ...(network !== undefined && store.find(network) && { networkMode: byId(network) }),
    };
  } catch (thrown) {
    // On notFound, `run` would pull the image.
    if (isKind(thrown, "notFound")) throw new BerthError("invalidParameter", thrown.message, thrown);
    throw thrown;
  }
}
