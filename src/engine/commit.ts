// `commit`: makes an image of a container. It needs both services, so it belongs to neither.

import type { ContainerConfig } from "../api/container-config.ts";
import { inheritVariables } from "../api/environment.ts";
import { BerthError } from "../api/errors.ts";
import { familiarReference, type ImageReference } from "../api/references.ts";
import { dockerConfigOf } from "../docker/container-config.ts";
import type { Container } from "./containers/container.ts";
import type { Containers } from "./containers/containers.ts";
import type { Events } from "./events.ts";
import type { Images } from "./images/images.ts";

export interface CommitParts {
  containers: Containers;
  images: Images;
  events: Events;
}

export interface ContainerCommit {
  container: string;
  reference?: ImageReference | undefined;
  author: string;
  comment: string;
  /** Dockerfile instructions. */
  changes: readonly string[];
  /** Pause a running container while its files are read. */
  pauses: boolean;
  /** Overrides the container's configuration. */
  config: ContainerConfig;
}

/** Makes the image and answers its ID. @throws BerthError */
export async function commitContainer(parts: CommitParts, commit: ContainerCommit): Promise<string> {
  const { containers, images, events } = parts;
  await containers.restored(commit.container);
  const container = containers.get(commit.container);
  const { spec, paths } = container;
  return whilePaused(parts, container, commit.pauses, async () => {
    const id = await images.commit({
      upper: paths.upper,
      // Required: the container's layer is useless without its image.
      parent: images.get(spec.imageId),
      config: mergeConfig(commit.config, dockerConfigOf(spec.config)),
      changes: commit.changes,
      author: commit.author,
      comment: commit.comment,
      createdBy: (spec.config.cmd ?? []).join(" "),
      ...(commit.reference ? { reference: commit.reference } : {}),
    });
    const imageRef = commit.reference ? familiarReference(commit.reference) : "";
    const attributes = container.eventAttributes({ comment: commit.comment, imageID: id, imageRef });
    events.publish("container", "commit", spec.id, attributes);
    return id;
  });
}

async function whilePaused<T>(
  { containers }: CommitParts,
  container: Container,
  pauses: boolean,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await (pauses ? containers.lifecycle.whileFrozen(container, work) : work());
  } catch (thrown) {
    // Its files were removed while they were read.
    if (container.isRemoved || container.state.life.status === "removing") {
      throw new BerthError("notFound", `No such container: ${container.id}`, thrown);
    }
    throw thrown;
  }
}

/** Unset fields are taken from the container; variables, ports, volumes and labels are merged. */
function mergeConfig(wanted: ContainerConfig, own: ContainerConfig): ContainerConfig {
  const env = inheritVariables(wanted.Env ?? [], own.Env ?? []);
  return {
    ...own,
    ...wanted,
    ...(env.length > 0 ? { Env: env } : {}),
    ExposedPorts: { ...own.ExposedPorts, ...wanted.ExposedPorts },
    Volumes: { ...own.Volumes, ...wanted.Volumes },
    Labels: { ...own.Labels, ...wanted.Labels },
  };
}
