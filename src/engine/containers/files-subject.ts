// A container as the code that reads and writes its files needs it.
import { existsSync } from "node:fs";
import type { View } from "../../storage/files/messages.ts";
import type { UserMapping } from "../../storage/user-mapping.ts";
import type { FilesSubject } from "../archive/container-files.ts";
import type { Events } from "../events.ts";
import type { Container } from "./container.ts";
import type { ImageSource } from "./dependencies.ts";
import { networkOwner } from "./network-owner.ts";

export interface FilesSubjectSources {
  events: Events;
  images: ImageSource;
  userMapping: UserMapping | undefined;
  containers: { find(reference: string): Container | undefined };
}

/** @param reference the container as the client named it, for messages */
export function filesSubjectOf(
  container: Container,
  reference: string,
  { events, images, userMapping, containers }: FilesSubjectSources,
): FilesSubject {
  const { spec, paths } = container;
  return {
    id: container.id,
    reference,
    get isRunning() {
      return container.isRunning;
    },
    config: spec.config,
    hostConfig: spec.hostConfig,
    rootfs: paths.rootfs,
    upper: paths.upper,
    work: paths.work,
    lower: images.find(spec.imageId)?.lowerDirectories ?? [],
    engineFiles: engineFilesOf(container, containers),
    mapping: spec.hostConfig.usernsMode === "host" ? undefined : userMapping,
    exclusively: (work) => container.changes.run(work),
    announce: (action) => events.publish("container", action, container.id, container.eventAttributes()),
  };
}

/** The files that the engine wrote at its last start, for it or for the container whose network it shares. */
function engineFilesOf(container: Container, containers: FilesSubjectSources["containers"]): View["mounts"] {
  const { readonlyRootfs } = container.spec.hostConfig;
  const { paths } = networkOwner(container, (reference) => containers.find(reference));
  const places = [
    [paths.hosts, "/etc/hosts"],
    [paths.hostname, "/etc/hostname"],
    [paths.resolvConf, "/etc/resolv.conf"],
  ] as const;
  return places
    .filter(([source]) => existsSync(source))
    .map(([source, destination]) => ({ source, destination, readOnly: readonlyRootfs === true, recursive: false }));
}
