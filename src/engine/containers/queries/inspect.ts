// The engine's view of a container for front ends, which render it in their own form.
import { NEVER } from "../../../api/time.ts";
import { appArmorProfileOf } from "../../../runtime/apparmor.ts";
import type { HostFacts } from "../../../runtime/spec/host.ts";
import type { ContainerNetworking } from "../../networks/container-networking.ts";
import type { Container } from "../container.ts";
import type { ContainerNetworks, ImageSource } from "../dependencies.ts";
import type { ExitWatcher } from "../lifecycle/exit-watcher.ts";
import type { HangingOperation } from "../lifecycle/runtime-calls.ts";
import { shownLinks } from "../links.ts";
import { externalPathOf } from "../logs/log-paths.ts";
import { type ContainerSpec, type ContainerState, commandOf } from "../record.ts";
import type { ContainerStore } from "../store.ts";
import type { ContainerSizes } from "./sizes.ts";

/** What is known of a container. */
export interface InspectedContainer {
  /** With its links as clients are shown them. */
  spec: ContainerSpec;
  state: ContainerState;
  command: { path: string; args: readonly string[] };
  unresponsive: HangingOperation | undefined;
  /** Files that the first start makes; "" before. */
  files: { resolvConf: string; hostname: string; hosts: string; log: string };
  /** "" for none, and before the first start. */
  appArmorProfile: string;
  /** Of the execs that have not ended. */
  execIds: string[];
  layers: { lower: readonly string[]; merged: string; upper: string; work: string };
  sizes: ContainerSizes | undefined;
  networking: ContainerNetworking;
}

export interface InspectParts {
  store: ContainerStore<Container>;
  exits: ExitWatcher;
  images: ImageSource;
  networks: ContainerNetworks;
  hostFacts: HostFacts;
}

/** What hangs for a container: a call of its runtime, or the monitor that would report its exit. */
export function unresponsiveness(container: Container, exits: ExitWatcher): HangingOperation | undefined {
  const { hanging } = container.calls;
  if (hanging) return hanging;
  const since = exits.monitorStoppedSince(container.id);
  return since === undefined ? undefined : { operation: "monitor", since };
}

export function inspectContainer(
  container: Container,
  { store, exits, images, networks, hostFacts }: InspectParts,
  sizes?: ContainerSizes,
): InspectedContainer {
  const { spec, state, paths } = container;
  // Decided by the first start; empty until then.
  const once = (text: string): string => (state.startedAt === NEVER && state.error === "" ? "" : text);
  return {
    spec: { ...spec, hostConfig: { ...spec.hostConfig, links: shownLinks(container, store) } },
    state,
    command: commandOf(spec.config),
    unresponsive: unresponsiveness(container, exits),
    files: {
      resolvConf: once(paths.resolvConf),
      hostname: once(paths.hostname),
      hosts: once(paths.hosts),
      log: once(externalPathOf(container)),
    },
    appArmorProfile: once(appArmorProfileOf(spec.hostConfig, hostFacts) ?? ""),
    execIds: [...container.execs.values()].filter(({ life }) => life.status !== "ended").map(({ id }) => id),
    layers: {
      lower: images.find(spec.imageId)?.lowerDirectories ?? [],
      merged: paths.rootfs,
      upper: paths.upper,
      work: paths.work,
    },
    sizes,
    networking: networks.networking(container.id),
  };
}
