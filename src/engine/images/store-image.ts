// Stores a new image: its configuration as a blob, then its record and tag.
import { familiarReference, type ImageReference, repositoryOf, withDefaultTag } from "../../api/references.ts";
import type { ImageConfig } from "./configuration.ts";
import { parseImageConfig } from "./configuration.ts";
import type { Lease } from "./lease.ts";
import type { NewImage } from "./records.ts";
import type { ImageServices } from "./services.ts";

export interface StoredImage extends Omit<NewImage, "id"> {
  reference?: ImageReference | undefined;
  /** Whether an event says that it was created. */
  isAnnounced?: boolean;
}

/** Stores a configuration made here and the image of it, with a tag where one is given. */
export async function storeImage(
  services: ImageServices,
  lease: Lease,
  config: ImageConfig,
  { reference, isAnnounced = false, ...image }: StoredImage,
): Promise<string> {
  const id = await services.content.put(JSON.stringify(config));
  lease.holdBlob(id);
  services.records.atomically(() => {
    services.records.insert({ id, ...image });
    if (reference) addTag(services, id, reference);
  });
  if (isAnnounced) publish(services, "create", id, id);
  if (reference) publishTag(services, id, reference);
  return id;
}

/** Tags the image, with "latest" by default. */
export function tagImage(services: ImageServices, id: string, reference: ImageReference): void {
  addTag(services, id, reference);
  publishTag(services, id, reference);
}

function addTag(services: ImageServices, id: string, reference: ImageReference): void {
  services.records.tag(repositoryOf(reference), tagOf(reference), id);
}

function publishTag(services: ImageServices, id: string, reference: ImageReference): void {
  const { domain, path } = reference;
  publish(services, "tag", id, familiarReference({ domain, path, tag: tagOf(reference) }));
}

function tagOf(reference: ImageReference): string {
  return withDefaultTag({ ...reference, digest: undefined }).tag ?? "latest";
}

/** Publishes an event about an image, with its labels. */
export function publish(services: ImageServices, action: string, id: string, name: string, actor = id): void {
  const labels = services.content.has(id) ? parseImageConfig(services.content.document(id)).config?.Labels : undefined;
  services.events.publish("image", action, actor, { ...labels, name });
}
