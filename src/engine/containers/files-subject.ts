// A container as those see it who read and write its files.
import type { UserMapping } from "../../storage/user-mapping.ts";
import type { FilesSubject } from "../archive/container-files.ts";
import type { Events } from "../events.ts";
import type { Container } from "./container.ts";
import type { ImageSource } from "./dependencies.ts";

/** @param reference how the client called the container, for messages. */
export function filesSubjectOf(
  container: Container,
  reference: string,
  { events, images, userMapping }: { events: Events; images: ImageSource; userMapping: UserMapping | undefined },
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
    mapping: spec.hostConfig.UsernsMode === "host" ? undefined : userMapping,
    exclusively: (work) => container.changes.run(work),
    announce: (action) => events.publish("container", action, container.id, container.eventAttributes()),
  };
}
