// Networks and volumes of a project: creates missing ones and recreates those with a changed configuration.
import { ComposeError } from "../model/compose-error.ts";
import { networkHash, volumeHash } from "../model/hash.ts";
import type { Project } from "../model/project.ts";
import type { NetworkAttributes, VolumeAttributes } from "../model/schema/project.ts";
import type { Engine } from "./engine.ts";
import { isNotFound } from "./failures.ts";
import { label, networkLabels, volumeLabels } from "./labels.ts";
import { observeContainers } from "./observed.ts";
import { inParallel } from "./order.ts";
import { type Progress, withProgress } from "./progress.ts";
import { Stopper } from "./stop.ts";

export interface InfrastructureOptions {
  parallel: number | undefined;
  /** Asks whether to recreate a volume with a changed configuration, which deletes its data. */
  confirm(question: string): Promise<boolean>;
}

type LiveNetworks = ReadonlyMap<string, { id: string; labels: Readonly<Record<string, string>> }[]>;

export class Infrastructure {
  readonly #engine: Engine;
  readonly #progress: Progress;
  readonly #project: Project;
  readonly #options: InfrastructureOptions;

  constructor(engine: Engine, progress: Progress, project: Project, options: InfrastructureOptions) {
    this.#engine = engine;
    this.#progress = progress;
    this.#project = project;
    this.#options = options;
  }

  /** @throws ComposeError when an external network or volume does not exist */
  async ensure(): Promise<void> {
    const { networks, volumes } = this.#project;
    const { parallel } = this.#options;
    const [live] = await Promise.all([this.#liveNetworks(), this.#checkExternalVolumes()]);
    await inParallel(networks, parallel, ([key, network]) => this.#ensureNetwork(key, network, live));
    await inParallel(volumes, parallel, ([key, volume]) => this.#ensureVolume(key, volume));
  }

  /** The engine's networks with the names that the project uses. */
  async #liveNetworks(): Promise<LiveNetworks> {
    if (this.#project.networks.size === 0) return new Map();
    const names = [...this.#project.networks.values()].flatMap(({ name }) => name ?? []);
    const found = await this.#engine.networks.list({ name: names });
    return Map.groupBy(
      found.map(({ Id, Labels, Name }) => ({ id: Id, labels: Labels ?? {}, name: Name })),
      ({ name }) => name,
    );
  }

  async #ensureNetwork(key: string, network: NetworkAttributes, live: LiveNetworks): Promise<void> {
    const { name = key, external } = network;
    const candidates = live.get(name) ?? [];
    if (external) {
      if (candidates.length > 0 || ["host", "none", "bridge", "default"].includes(name)) return;
      throw new ComposeError(`network ${name} declared as external, but could not be found`);
    }
    const owned = candidates.find(({ labels }) => labels[label.project] === this.#project.name);
    const [other] = candidates;
    if (!owned && other) {
      const whose = other.labels[label.project] === undefined ? "by compose" : `for project "${this.#project.name}"`;
      this.#progress.warn(
        `a network with name ${name} exists but was not created ${whose}.\nSet \`external: true\` to use an existing network`,
      );
      return;
    }
    const hash = networkHash(network);
    const known = owned?.labels[label.configHash];
    if (owned && (known === undefined || known === hash)) return;
    if (owned) await this.#removeNetwork(key, name, owned.id);
    await withProgress(this.#progress, `Network ${name}`, ["Creating", "Created"], () =>
      this.#createNetwork(key, name, network, hash),
    );
  }

  async #createNetwork(key: string, name: string, network: NetworkAttributes, hash: string): Promise<void> {
    const { ipam = {}, driver, driver_opts: options, labels } = network;
    await this.#engine.networks.create({
      Name: name,
      CheckDuplicate: true,
      Driver: driver,
      Internal: network.internal,
      Attachable: network.attachable,
      EnableIPv4: network.enable_ipv4,
      EnableIPv6: network.enable_ipv6,
      Options: options && { ...options },
      Labels: { ...labels, ...networkLabels(this.#project, key, hash) },
      IPAM: {
        Driver: ipam.driver,
        Options: ipam.options && { ...ipam.options },
        Config: ipam.config?.map(({ subnet, ip_range, gateway, aux_addresses }) => ({
          Subnet: subnet,
          IPRange: ip_range,
          Gateway: gateway,
          AuxiliaryAddresses: aux_addresses && { ...aux_addresses },
        })),
      },
    });
  }

  /** Stops the services on it and disconnects their containers; converging recreates them because they lack the network. */
  async #removeNetwork(key: string, name: string, id: string): Promise<void> {
    const services = [...this.#project.services.values()].flatMap((service) =>
      service.networks && key in service.networks ? [service.name] : [],
    );
    if (services.length > 0) {
      const options = { services, timeout: undefined, parallel: this.#options.parallel };
      await new Stopper(this.#engine, this.#progress, this.#project, options).stop();
    }
    const containers = await observeContainers(this.#engine, this.#project.name);
    const connected = containers.filter(({ summary }) => summary.NetworkSettings.Networks[name] !== undefined);
    await Promise.all(
      connected.map((container) => this.#engine.networks.disconnect(id, container.id, { force: true })),
    );
    await withProgress(this.#progress, `Network ${name}`, ["Removing", "Removed"], () =>
      this.#engine.networks.remove(id),
    );
  }

  async #checkExternalVolumes(): Promise<void> {
    for (const [key, { external, name = key }] of this.#project.volumes) {
      if (!external) continue;
      await this.#engine.volumes.inspect(name).catch((thrown: unknown) => {
        throw isNotFound(thrown) ? new ComposeError(`external volume "${name}" not found`) : thrown;
      });
    }
  }

  async #ensureVolume(key: string, volume: VolumeAttributes): Promise<void> {
    const { external, name = key, driver, driver_opts: options, labels } = volume;
    if (external) return;
    const hash = volumeHash(volume);
    const live = await this.#engine.volumes.inspect(name).catch((thrown: unknown) => {
      if (isNotFound(thrown)) return undefined;
      throw thrown;
    });
    if (live) {
      const project = live.Labels?.[label.project];
      if (project !== this.#project.name) {
        const whose =
          project === undefined
            ? "was not created by Docker Compose"
            : `was created for project "${project}" (expected "${this.#project.name}")`;
        this.#progress.warn(
          `volume "${name}" already exists but ${whose}. Use \`external: true\` to use an existing volume`,
        );
        return;
      }
      const known = live.Labels?.[label.configHash];
      if (known === undefined || known === hash) return;
      const question = `Volume "${name}" exists but doesn't match configuration in compose file. Recreate (data will be lost)?`;
      if (!(await this.#options.confirm(question))) return;
      await this.#removeVolume(name);
    }
    await withProgress(this.#progress, `Volume ${name}`, ["Creating", "Created"], () =>
      this.#engine.volumes.create({
        Name: name,
        Driver: driver,
        DriverOpts: options && { ...options },
        Labels: { ...labels, ...volumeLabels(this.#project, key, hash) },
      }),
    );
  }

  async #removeVolume(name: string): Promise<void> {
    const containers = await observeContainers(this.#engine, this.#project.name, { oneOffs: true });
    for (const { id, summary } of containers) {
      if (summary.Mounts.some((mount) => mount.Name === name))
        await this.#engine.containers.remove(id, { force: true });
    }
    await withProgress(this.#progress, `Volume ${name}`, ["Removing", "Removed"], () =>
      this.#engine.volumes.remove(name),
    );
  }
}
