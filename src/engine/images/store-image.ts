// The last steps of everything that makes an image: its configuration becomes a blob, then there is a record of it.
import { familiarReference, type ImageReference, repositoryOf, withDefaultTag } from "../../api/references.ts";
import type { ImageConfig } from "./configuration.ts";
import { parseImageConfig } from "./configuration.ts";
import type { ImageRecord, NewImage } from "./records.ts";
import type { ImageServices } from "./services.ts";
import type { Work } from "./work.ts";

/** Stores a configuration made here, and the image of it. */
export async function storeImage(
  services: ImageServices,
  work: Work,
  config: ImageConfig,
  image: Omit<NewImage, "id">,
): Promise<ImageRecord> {
  const id = await services.content.put(JSON.stringify(config));
  work.holdBlob(id);
  return services.records.insert({ id, ...image });
}

/** Gives the image the reference's tag, "latest" when it has none. */
export function tagImage(services: ImageServices, id: string, reference: ImageReference): void {
  const { tag = "latest" } = withDefaultTag({ ...reference, digest: undefined });
  services.records.tag(repositoryOf(reference), tag, id);
  publish(services, "tag", id, familiarReference({ domain: reference.domain, path: reference.path, tag }));
}

/** Tells the world what happened to an image, with its labels; `actor` is what the event is about. */
export function publish(services: ImageServices, action: string, id: string, name: string, actor = id): void {
  const labels = services.content.has(id) ? parseImageConfig(services.content.document(id)).config?.Labels : undefined;
  services.events.publish("image", action, actor, { ...labels, name });
}
