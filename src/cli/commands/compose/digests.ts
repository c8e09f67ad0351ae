// Pins the images of a project to their registry digests.
import { parseReference, withDefaultTag } from "../../../api/references.ts";
import type { Project, Service } from "../../../compose/model/project.ts";
import { findCredentials, serverOf } from "../../credentials/store.ts";
import { canonicalName } from "../../image-pull.ts";
import type { ComposeSession } from "./session.ts";

async function pinned(compose: ComposeSession, image: string): Promise<string> {
  const reference = withDefaultTag(parseReference(image));
  const name = `${reference.domain}/${reference.path}${reference.tag === undefined ? "" : `:${reference.tag}`}`;
  if (reference.digest !== undefined) return canonicalName(reference);
  const [berth, credentials] = await Promise.all([
    compose.session.berth(),
    findCredentials(compose.session, serverOf(reference.domain)),
  ]);
  const { Descriptor } = await berth.images.inspectDistribution(name, credentials ? { credentials } : {});
  return `${name}@${Descriptor.digest}`;
}

/** @throws ApiError when a registry does not know an image */
export async function withDigests(compose: ComposeSession, project: Project): Promise<Project> {
  const known = new Map<string, Promise<string>>();
  const pin = (image: string): Promise<string> => {
    const digest = known.get(image) ?? pinned(compose, image);
    known.set(image, digest);
    return digest;
  };
  const services = await Promise.all(
    [...project.services].map(async ([name, service]): Promise<[string, Service]> => {
      if (!service.image) return [name, service];
      return [name, { ...service, image: await pin(service.image) }];
    }),
  );
  return { ...project, services: new Map(services) };
}

/** Only the images, as an override file for the project's own files. */
export function lockedImages(project: Project): Project {
  const services = [...project.services].map(([name, { image }]): [string, Service] => [
    name,
    image ? { name, image } : { name },
  ]);
  const none = new Map<string, never>();
  return {
    ...project,
    name: "",
    services: new Map(services),
    networks: none,
    volumes: none,
    configs: none,
    secrets: none,
  };
}
