// The inline cache: an image that records its build steps, so that builds elsewhere can reuse its layers.
// The format is BuildKit's cache configuration; record digests are this engine's cache keys.
// Source: moby/buildkit, cache/remotecache/v1/doc.go.
import * as v from "valibot";
import type { Image } from "../../images/image.ts";
import type { BuildImages } from "../engine-services.ts";
import type { CacheRecords } from "./records.ts";
import type { CachedStep } from "./step-cache.ts";

const configurationSchema = v.object({
  records: v.optional(
    v.array(
      v.object({
        digest: v.optional(v.string(), ""),
        /** Indexes of layers. */
        layers: v.optional(v.array(v.object({ layer: v.optional(v.number(), 0) })), []),
      }),
    ),
    [],
  ),
});

/** The steps recorded in an image's configuration. @param diffIds its layers, the bottom one first */
export function inlineCache(steps: readonly CachedStep[], diffIds: readonly string[]): string {
  const configuration = {
    layers: diffIds.map((blob, index) => ({ blob, parent: index - 1 })),
    records: steps.map(({ key, layerCount }) => ({ digest: key, layers: [{ layer: layerCount - 1 }] })),
  };
  return Buffer.from(JSON.stringify(configuration)).toString("base64");
}

/** Imports the steps of an image into the cache; known steps are not changed. */
export async function importInlineCache(image: Image, images: BuildImages, records: CacheRecords): Promise<void> {
  for (const { digest, layers } of readConfiguration(image.config["moby.buildkit.cache.v0"] ?? "")) {
    const [first] = layers;
    if (first === undefined || records.has(digest)) continue;
    const imageId = await images.stem(image, first.layer + 1);
    if (imageId === undefined) continue;
    records.add([digest], {
      imageId,
      layer: images.get(imageId).record.topLayer,
      description: "imported from an inline cache",
    });
  }
}

/** Ignores unreadable configurations: the image may be from another builder. */
function readConfiguration(text: string): v.InferOutput<typeof configurationSchema>["records"] {
  if (text === "") return [];
  try {
    return v.parse(configurationSchema, JSON.parse(Buffer.from(text, "base64").toString())).records;
  } catch {
    return [];
  }
}
