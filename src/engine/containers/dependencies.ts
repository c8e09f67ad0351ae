// What containers need of the engine's other services, as small interfaces, so that no service depends on another.
import type { PortRequest } from "../../api/port-ranges.ts";
import type { ContainerMount } from "../../runtime/spec/mounts.ts";
import type { ContainerNetworking } from "../networks/container-networking.ts";
import type { NetworkingConfig } from "../networks/networking-config.ts";
import type { NetworkIdentity } from "../networks/records.ts";
import type { PublishChange } from "../networks/republishing.ts";
import type { Sandbox } from "../networks/sandboxes.ts";
import type { ContainerConfiguration, PartialConfiguration } from "./configuration/container-configuration.ts";
import type { HostConfiguration } from "./configuration/host-configuration.ts";
import type { MountPoint } from "./record.ts";

/** An image from which containers are created. */
export interface ContainerImage {
  /** "sha256:…" */
  id: string;
  /** The OCI image configuration. */
  /** Its defaults for the configuration of containers. */
  configuration: PartialConfiguration;
  /** Absolute paths, the top layer first. */
  lowerDirectories: readonly string[];
  /** Bytes of all its layers, unpacked. */
  size: number;
}

export interface ImageSource {
  /** @throws BerthError notFound, "No such image: x:tag". */
  get(reference: string): ContainerImage;
  /**
   * The image to create a container from, and warnings for the user.
   * @param platform "os/architecture" that it must have; "" for any
   * @throws BerthError notFound when there is none, or it has another platform
   */
  choose(reference: string, platform: string): { image: ContainerImage; warnings: string[] };
  find(reference: string): ContainerImage | undefined;
  /** The IDs of an image and of all images committed from it; empty when there is no such image. */
  descendants(reference: string): string[];
}

export interface ContainerNetworks {
  configure(containerId: string, networking: NetworkingConfig): void;
  forget(containerId: string): void;
  open(containerId: string, identity: NetworkIdentity): Sandbox;
  close(containerId: string): void;
  /** Makes DNS answer to the new name. */
  renamed(containerId: string, name: string): void;
  /** Sets the links that the container has from its next start on. */
  relink(containerId: string, links: string[]): void;
  /** Adds and removes published ports; returns all ports that the container publishes afterwards. */
  changePublished(containerId: string, change: PublishChange): PortRequest[];
  networking(containerId: string): ContainerNetworking;
  /** When the daemon starts: everything that cannot wait for {@link reattach}. */
  restore(runningIds: readonly string[]): Promise<void>;
  /** For one running container after {@link restore}. */
  reattach(containerId: string): Promise<void>;
}

export interface PreparedMounts {
  mountPoints: MountPoint[];
  /** Names of the volumes created for this container alone. */
  anonymousVolumes: string[];
  /** Names of the volumes that did not exist before, anonymous or not. */
  createdVolumes: string[];
}

export interface ContainerVolumes {
  /** At create: resolves every `-v`, `--mount`, `--volumes-from` and the image's volumes, and creates missing volumes. */
  prepare(containerId: string, request: VolumeRequest): PreparedMounts;
  /** At start: mounts volumes by their driver options, fills new ones from the image, and resolves the mounts of the spec. */
  activate(containerId: string, request: ActivationRequest): Promise<ContainerMount[]>;
  /** The host path of the /dev/shm of an activated container that shares it. @throws BerthError invalidParameter */
  sharedMemoryOf(containerId: string): string;
  /** At exit. */
  deactivate(containerId: string): void;
  /** At removal: releases its resources, and removes these volumes if nothing else uses them. */
  release(containerId: string, removeVolumes: readonly string[]): void;
  /** When the daemon starts. */
  restore(existing: ReadonlySet<string>, running: ReadonlySet<string>): void;
}

export interface VolumeRequest {
  config: ContainerConfiguration;
  hostConfig: HostConfiguration;
  /** The ID of a container named by `--volumes-from`. @throws BerthError notFound */
  idOf(reference: string): string;
  /** Whether read-only binds leave the mounts below them writable by default, as before API 1.44. */
  readOnlyNonRecursive: boolean;
}

export interface ActivationRequest {
  config: ContainerConfiguration;
  hostConfig: HostConfiguration;
  /** The mounted root file system, from which new volumes are filled. */
  rootfs: string;
}
