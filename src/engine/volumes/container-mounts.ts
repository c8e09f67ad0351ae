// The mounts of containers: planned and recorded at create, mounted at start, unmounted at exit, deleted at removal.
import { statSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../api/errors.ts";
import type { Log } from "../../api/log.ts";
import { KeyedMutex } from "../../async/mutex.ts";
import type { ContainerMount } from "../../runtime/spec/mounts.ts";
import { ownersOf } from "../../storage/files/owners.ts";
import type { UserMapping } from "../../storage/user-mapping.ts";
import type { HostConfiguration } from "../containers/configuration/host-configuration.ts";
import type { VolumeMountRequest } from "../containers/configuration/mounts.ts";
import type { ActivationRequest, PreparedMounts, VolumeRequest } from "../containers/dependencies.ts";
import type { Events } from "../events.ts";
import { anonymousVolume } from "./anonymous.ts";
import { fillVolume } from "./copy-up.ts";
import { refuseForbiddenPlaces } from "./forbidden-places.ts";
import { LOCAL_DRIVER, mountLocal, needsMount, unmountLocal } from "./local-driver.ts";
import { DEFAULT_PROPAGATION, type MountPlan, mountPointOf, type VolumePlan } from "./mount-plan.ts";
import { type MountSource, makeSource, targetSuffix } from "./mount-source.ts";
import { checkReadOnlyOptions } from "./mount-specification.ts";
import { MountTargets } from "./mount-targets.ts";
import { planMounts } from "./planner.ts";
import { effectivePropagation } from "./propagation.ts";
import { Secrets } from "./secrets.ts";
import { openSharedMemory, sharedMemoryIn } from "./shared-memory.ts";
import { tmpfsOptions } from "./tmpfs-options.ts";
import type { VolumeCreation } from "./volume.ts";
import type { VolumeStore } from "./volume-store.ts";
import { checkVolume, type Volumes } from "./volumes.ts";

export interface ContainerMountsOptions {
  dataRoot: string;
  execRoot: string;
  events: Events;
  log: Log;
  /** The ids of containers that do not ask for the host's; undefined when all have the host's. */
  userMapping: UserMapping | undefined;
  images: { get(reference: string): { id: string; lowerDirectories: readonly string[] } };
}

type NamedVolume = VolumeCreation & { name: string };

/** An active mount: from a path on the host to one in the container. */
export interface ActiveMount {
  source: string;
  destination: string;
  readOnly: boolean;
  recursive: boolean;
}

export class ContainerMounts {
  private readonly options: ContainerMountsOptions;
  private readonly volumes: Volumes;
  private readonly store: VolumeStore;
  private readonly secrets: Secrets;
  private readonly targets: MountTargets;
  private readonly plans: Map<string, MountPlan[]>;
  /** The volumes that running containers use. */
  private readonly active = new Map<string, VolumePlan[]>();
  /** By volume: activations of one volume wait for each other. */
  private readonly activations = new KeyedMutex();

  constructor(options: ContainerMountsOptions, volumes: Volumes, store: VolumeStore) {
    this.options = options;
    this.volumes = volumes;
    this.store = store;
    this.secrets = new Secrets(options.execRoot);
    this.targets = new MountTargets(options.execRoot, options.userMapping?.root.gid ?? 0);
    this.plans = store.loadMounts();
    for (const [containerId, plans] of this.plans) {
      for (const plan of plans) if (plan.type === "volume") volumes.hold(plan.name, containerId);
    }
  }

  /**
   * Plans and records the mounts of a new container. Missing volumes are created after all checks.
   * @throws BerthError in Docker's words
   */
  prepare(containerId: string, { idOf, ...request }: VolumeRequest): PreparedMounts {
    const missing: NamedVolume[] = [];
    const plans = planMounts(
      { ...request, plansOf: (reference) => this.plans.get(idOf(reference)) ?? [] },
      {
        volume: (mount) => {
          const request = volumeRequestOf(mount);
          checkVolume(request.name, request.driver ?? "", request.options ?? {});
          missing.push(request);
          return { name: request.name, anonymous: mount.source === undefined };
        },
        imageId: (reference) => this.options.images.get(reference).id,
        roots: this.options,
      },
    );
    this.secrets.keep(containerId, request.hostConfig);
    const createdVolumes = this.recordMounts(containerId, plans, missing);
    this.plans.set(containerId, plans);
    const volumes = plans.filter((plan) => plan.type === "volume");
    for (const { name } of volumes) this.volumes.hold(name, containerId);
    return {
      mountPoints: plans.map((plan) => mountPointOf(plan, (name) => this.volumes.directoryOf(name))),
      anonymousVolumes: volumes.filter(({ anonymous }) => anonymous).map(({ name }) => name),
      createdVolumes,
    };
  }

  /** Prepares all mounts for the OCI spec. @throws BerthError; nothing stays mounted then */
  async activate(containerId: string, request: ActivationRequest): Promise<ContainerMount[]> {
    this.active.set(containerId, []);
    try {
      const plans = this.plans.get(containerId) ?? [];
      request.hostConfig.mounts?.forEach(checkReadOnlyOptions);
      refuseForbiddenPlaces(request.rootfs, plans, request.hostConfig.tmpfs ?? {});
      openSharedMemory(this.targets.of(containerId), request.hostConfig);
      const mounts: ContainerMount[] = [];
      for (const [ordinal, plan] of plans.entries()) {
        mounts.push(await this.activatePlan(containerId, plan, String(ordinal), request));
      }
      const tmpfs = Object.entries(request.hostConfig.tmpfs ?? {}).map(
        ([destination, options]): ContainerMount => ({
          type: "tmpfs",
          destination,
          options: tmpfsOptions(options),
        }),
      );
      const secrets = this.secrets.mountsOf(containerId, request.hostConfig, this.mappingOf(request.hostConfig));
      return [...mounts, ...tmpfs, ...secrets];
    } catch (thrown) {
      this.deactivate(containerId);
      throw thrown;
    }
  }

  /** Undoes {@link activate}; no error for a container without active mounts. */
  deactivate(containerId: string): void {
    const volumes = this.active.get(containerId) ?? [];
    this.active.delete(containerId);
    for (const { name } of volumes) {
      const attributes = { container: containerId, driver: LOCAL_DRIVER };
      this.options.events.publish("volume", "unmount", name, attributes);
      if (needsMount(this.volumes.optionsOf(name)) && !this.isActive(name)) {
        unmountLocal(this.volumes.directoryOf(name));
      }
    }
    this.targets.clear(containerId);
  }

  /** Deletes a container's mounts, and the given volumes if nothing else uses them. */
  release(containerId: string, removeVolumes: readonly string[]): void {
    this.deactivate(containerId);
    this.secrets.forget(containerId);
    for (const plan of this.plans.get(containerId) ?? []) {
      if (plan.type === "volume") this.volumes.release(plan.name, containerId);
    }
    this.plans.delete(containerId);
    this.store.removeMounts(containerId);
    for (const name of removeVolumes) {
      if (!this.volumes.has(name) || this.volumes.isUsed(name)) continue;
      this.volumes.remove(name, true).catch((thrown: unknown) => {
        this.options.log.warn("failed to remove anonymous volume", { volume: name, reason: messageOf(thrown) });
      });
    }
  }

  /** Restores mounts after a start of the daemon; those of `running` containers are active already. */
  restore(existing: ReadonlySet<string>, running: ReadonlySet<string>): void {
    this.secrets.sweep(existing);
    for (const containerId of [...this.plans.keys()]) {
      if (!existing.has(containerId)) this.release(containerId, []);
    }
    for (const containerId of running) {
      const volumes = (this.plans.get(containerId) ?? []).filter((plan) => plan.type === "volume");
      this.active.set(containerId, volumes);
    }
    this.targets.clearAllBut(running);
  }

  /** The /dev/shm that a running container shares. @throws BerthError conflict */
  sharedMemoryOf(containerId: string): string {
    return sharedMemoryIn(this.targets.of(containerId), containerId);
  }

  /** The sources of an active container's mounts, without tmpfs mounts. */
  sourcesOf(containerId: string, hostConfig: HostConfiguration): ActiveMount[] {
    const isMapped = this.mappingOf(hostConfig) !== undefined;
    return (this.plans.get(containerId) ?? []).flatMap((plan, ordinal) => {
      if (plan.type === "tmpfs") return [];
      const suffix = targetSuffix(plan, isMapped);
      const source = join(this.targets.of(containerId), `${ordinal}${suffix ?? ""}`);
      const { destination, readOnly } = plan;
      const made = { source, destination, readOnly, recursive: true };
      if (suffix !== undefined || plan.type === "image") return [made];
      if (plan.type === "volume") return [{ ...made, source: this.volumes.directoryOf(plan.name) }];
      return [{ ...made, source: plan.source, recursive: plan.recursive }];
    });
  }

  /** @returns the names of the volumes that it created; on failure it removes them */
  private recordMounts(containerId: string, plans: readonly MountPlan[], missing: readonly NamedVolume[]): string[] {
    const created: string[] = [];
    try {
      for (const request of missing) {
        const isNew = !this.volumes.has(request.name);
        this.volumes.create(request);
        if (isNew) created.push(request.name);
      }
      this.store.setMounts(containerId, plans);
      return created;
    } catch (thrown) {
      for (const name of created) void this.volumes.remove(name, true).catch(() => {});
      throw thrown;
    }
  }

  private async activatePlan(
    containerId: string,
    plan: MountPlan,
    ordinal: string,
    request: ActivationRequest,
  ): Promise<ContainerMount> {
    const { destination, readOnly } = plan;
    if (plan.type === "tmpfs") return { type: "tmpfs", destination, options: plan.options };
    if (plan.type === "volume") await this.activateVolume(containerId, plan, request);
    const source: MountSource = {
      volumeDirectory: (name) => this.volumes.directoryOf(name),
      lowerDirectories: (imageId) => this.options.images.get(imageId).lowerDirectories,
      makeTarget: (suffix, isDirectory) => this.targets.make(containerId, `${ordinal}${suffix}`, isDirectory),
      mapping: this.mappingOf(request.hostConfig),
      rootfs: request.rootfs,
      user: request.config.user,
    };
    const bind = plan.type === "bind" ? plan : undefined;
    const path = await makeSource(plan, source);
    const propagation = bind ? effectivePropagation(bind) : DEFAULT_PROPAGATION;
    return {
      type: "bind",
      destination,
      source: path,
      readOnly,
      // crun 1.8 fails for a recursive bind of a file.
      recursive: (bind?.recursive ?? true) && statSync(path).isDirectory(),
      readOnlyDepth: bind?.readOnlyDepth ?? "if-possible",
      propagation,
    };
  }

  private async activateVolume(
    containerId: string,
    plan: VolumePlan,
    { rootfs, hostConfig }: ActivationRequest,
  ): Promise<void> {
    const { name, destination } = plan;
    const directory = this.volumes.directoryOf(name);
    await this.activations.run(name, async () => {
      const options = this.volumes.optionsOf(name);
      if (needsMount(options) && !this.isActive(name)) await mountLocal(options, directory);
      this.active.get(containerId)?.push(plan);
      if (!plan.copyUp) return;
      const target = { directory, subpath: plan.subpath, marker: this.volumes.fillMarkerOf(name) };
      await fillVolume(target, rootfs, destination, ownersOf(this.mappingOf(hostConfig)));
      this.rememberFilled(containerId, plan);
    });
    this.options.events.publish("volume", "mount", name, {
      container: containerId,
      destination,
      driver: LOCAL_DRIVER,
      propagation: "",
      "read/write": String(!plan.readOnly),
    });
  }

  /** A volume is filled once; it stays empty if it is emptied later. */
  private rememberFilled(containerId: string, filled: VolumePlan): void {
    const plans = (this.plans.get(containerId) ?? []).map((plan) =>
      plan === filled ? { ...filled, copyUp: false } : plan,
    );
    this.store.setMounts(containerId, plans);
    this.plans.set(containerId, plans);
  }

  private mappingOf({ usernsMode }: HostConfiguration): UserMapping | undefined {
    return usernsMode === "host" ? undefined : this.options.userMapping;
  }

  private isActive(volume: string): boolean {
    for (const volumes of this.active.values()) {
      if (volumes.some(({ name }) => name === volume)) return true;
    }
    return false;
  }
}

function volumeRequestOf({ source, options: { driver, labels } = {} }: VolumeMountRequest): NamedVolume {
  const options = { driver: driver?.name, options: driver?.options, labels };
  return source === undefined ? anonymousVolume(options) : { ...options, name: source };
}
