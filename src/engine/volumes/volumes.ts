// The volumes service: creation, listing, use and removal of volumes.
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BerthError, messageOf } from "../../api/errors.ts";
import type { Log } from "../../api/log.ts";
import { timestampNow } from "../../api/time.ts";
import { isErrno } from "../../linux/errno.ts";
import { directorySize } from "../../storage/disk-usage.ts";
import type { Events } from "../events.ts";
import { type FilterFields, Filters } from "../filters.ts";
import { acceptingFilters, type Pruner } from "../pruner.ts";
import { anonymousVolume } from "./anonymous.ts";
import { checkLocalOptions, LOCAL_DRIVER, needsMount, unmountLocal } from "./local-driver.ts";
import { PRUNE_FILTERS, VolumePruner } from "./prune.ts";
import type { InspectedVolume, VolumeCreation, VolumeUsage } from "./volume.ts";
import type { VolumeRecord, VolumeStore } from "./volume-store.ts";

const NAME_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const ALLOWED_NAME = "[a-zA-Z0-9][a-zA-Z0-9_.-]";
const DATA_DIRECTORY = "_data";
const FILL_MARKER = "filling";
/** Volume names cannot start with a dot. */
const TRASH_DIRECTORY = ".removed";

const LIST_FILTERS: readonly string[] = ["dangling", "driver", "label", "name"];

export interface VolumesOptions {
  dataRoot: string;
  events: Events;
  log: Log;
}

export class Volumes {
  readonly pruner: Pruner<string>;
  private readonly options: VolumesOptions;
  private readonly store: VolumeStore;
  private readonly root: string;
  private readonly volumes: Map<string, VolumeRecord>;
  /** The containers that mount a volume, running or not. */
  private readonly users = new Map<string, Set<string>>();

  constructor(options: VolumesOptions, store: VolumeStore) {
    this.options = options;
    this.store = store;
    this.root = join(options.dataRoot, "volumes");
    mkdirSync(join(this.root, TRASH_DIRECTORY), { recursive: true, mode: 0o701 });
    this.volumes = new Map(store.load().map((volume) => [volume.name, volume]));
    this.sweep();
    const pruner = new VolumePruner({
      events: options.events,
      all: () => this.sorted(),
      find: (name) => this.volumes.get(name),
      isUsed: (name) => this.isUsed(name),
      directoryOf: (name) => this.directoryOf(name),
      remove: (name) => this.removeUnused(name),
    });
    this.pruner = acceptingFilters(pruner, PRUNE_FILTERS);
  }

  /** Returns the volume of this name, creating it if it is missing. @throws BerthError in Docker's words */
  create(request: VolumeCreation): InspectedVolume {
    const { name = "", driver = "", options: asked = {}, labels } = request.name ? request : anonymousVolume(request);
    checkVolume(name, driver, asked);
    const present = this.volumes.get(name);
    if (present) return this.inspectionOf(present);
    // Clients send an empty object for "no options"; Docker shows none as null.
    const options = Object.keys(asked).length > 0 ? asked : null;
    const volume = { name, created: timestampNow(), labels: labels ?? null, options };
    mkdirSync(join(this.root, name), { recursive: true, mode: 0o701 });
    mkdirSync(this.directoryOf(name), { recursive: true, mode: 0o755 });
    this.store.add(volume);
    this.volumes.set(name, volume);
    this.options.events.publish("volume", "create", name, { driver: LOCAL_DRIVER });
    return this.inspectionOf(volume);
  }

  /** @throws BerthError invalidParameter for an unknown filter */
  list(fields: FilterFields): InspectedVolume[] {
    const filters = Filters.of(fields, LIST_FILTERS);
    const dangling = filters.flag("dangling");
    return this.sorted()
      .filter(
        ({ name, labels }) =>
          (dangling === undefined || dangling === !this.isUsed(name)) &&
          filters.pattern("name", name) &&
          filters.exact("driver", LOCAL_DRIVER) &&
          filters.labels("label", labels),
      )
      .map((volume) => this.inspectionOf(volume));
  }

  /** @throws BerthError notFound, "get x: no such volume". */
  inspect(name: string): InspectedVolume {
    return this.inspectionOf(this.get(name));
  }

  has(name: string): boolean {
    return this.volumes.has(name);
  }

  /** With `force` a missing volume is no error. @throws BerthError notFound, conflict */
  async remove(name: string, force: boolean): Promise<void> {
    if (force && !this.volumes.has(name)) return;
    this.get(name);
    await this.removeUnused(name);
  }

  /** All plain directory volumes. */
  usage(): Promise<VolumeUsage[]> {
    return Promise.all(
      this.sorted()
        .filter(({ options }) => !needsMount(options ?? {}))
        .map(async (volume) => ({
          ...this.inspectionOf(volume),
          size: await directorySize(this.directoryOf(volume.name)),
          containers: this.users.get(volume.name)?.size ?? 0,
        })),
    );
  }

  /** A volume's data directory, which may not exist yet. */
  directoryOf(name: string): string {
    return join(this.root, name, DATA_DIRECTORY);
  }

  /** A file that exists while the volume is filled from an image, and stays if that is interrupted. */
  fillMarkerOf(name: string): string {
    return join(this.root, name, FILL_MARKER);
  }

  optionsOf(name: string): Readonly<Record<string, string>> {
    return this.get(name).options ?? {};
  }

  /** Prevents removal of a volume while the container exists. */
  hold(name: string, containerId: string): void {
    const users = this.users.get(name) ?? new Set();
    this.users.set(name, users.add(containerId));
  }

  release(name: string, containerId: string): void {
    const users = this.users.get(name);
    users?.delete(containerId);
    if (users?.size === 0) this.users.delete(name);
  }

  isUsed(name: string): boolean {
    return this.users.has(name);
  }

  private get(name: string): VolumeRecord {
    const volume = this.volumes.get(name);
    if (volume) return volume;
    throw new BerthError("notFound", `get ${name}: no such volume`);
  }

  private async removeUnused(name: string): Promise<void> {
    const users = this.users.get(name);
    if (users) {
      throw new BerthError("conflict", `remove ${name}: volume is in use - [${[...users].join(", ")}]`);
    }
    this.store.remove(name);
    this.volumes.delete(name);
    const trash = this.discard(name);
    this.options.events.publish("volume", "destroy", name, { driver: LOCAL_DRIVER });
    await this.empty(trash);
  }

  /** Files that cannot be removed now are removed at the next start. */
  private async empty(trash: string): Promise<void> {
    try {
      await rm(trash, { recursive: true, force: true });
    } catch (thrown) {
      this.options.log.warn("failed to delete files of a removed volume", {
        path: trash,
        reason: messageOf(thrown),
      });
    }
  }

  /** Moves a deleted volume's directory to the trash and returns its path there. */
  private discard(name: string): string {
    const trash = join(this.root, TRASH_DIRECTORY, randomBytes(8).toString("hex"));
    // Content mounted on the volume must not be deleted with it.
    unmountLocal(this.directoryOf(name));
    try {
      renameSync(join(this.root, name), trash);
    } catch (thrown) {
      if (!isErrno(thrown, "ENOENT")) throw thrown;
    }
    this.store.removalDone(name);
    return trash;
  }

  /** Removes what a crash left: partly removed volumes, and directories of volumes that were not recorded. */
  private sweep(): void {
    for (const name of this.store.halfRemoved()) {
      if (!this.volumes.has(name)) this.discard(name);
    }
    for (const name of readdirSync(this.root)) {
      if (name === TRASH_DIRECTORY || this.volumes.has(name)) continue;
      try {
        rmdirSync(join(this.root, name, DATA_DIRECTORY));
        rmdirSync(join(this.root, name));
      } catch (thrown) {
        this.options.log.warn("unknown directory in the volumes directory", { name, reason: messageOf(thrown) });
      }
    }
    const trash = join(this.root, TRASH_DIRECTORY);
    for (const entry of readdirSync(trash)) void this.empty(join(trash, entry));
  }

  private sorted(): VolumeRecord[] {
    return [...this.volumes.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1));
  }

  private inspectionOf(volume: VolumeRecord): InspectedVolume {
    return { ...volume, driver: LOCAL_DRIVER, directory: this.directoryOf(volume.name) };
  }
}

/** @throws BerthError in Docker's words for a name, driver or option that cannot be. */
export function checkVolume(name: string, driver: string, options: Readonly<Record<string, string>>): void {
  if (driver !== "" && driver !== LOCAL_DRIVER) {
    throw new BerthError(
      "notFound",
      `create ${name}: error looking up volume plugin ${driver}: plugin "${driver}" not found`,
    );
  }
  if (name.length === 1) {
    throw new BerthError(
      "invalidParameter",
      `create ${name}: volume name is too short, names should be at least two alphanumeric characters`,
    );
  }
  if (!NAME_PATTERN.test(name) || name.length > 255) {
    throw new BerthError(
      "invalidParameter",
      `create ${name}: "${name}" includes invalid characters for a local volume name, only "${ALLOWED_NAME}" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
  try {
    checkLocalOptions(options);
  } catch (thrown) {
    throw new BerthError("invalidParameter", `create ${name}: ${messageOf(thrown)}`);
  }
}
