// The source vertices of a graph.
import type { Source } from "../../../storage/build/spawn.ts";
import type { Image } from "../../images/image.ts";
import { BuildVertex } from "../graph/vertex.ts";

/** No files. */
export const scratchVertex = new BuildVertex({
  name: "FROM scratch",
  inputs: [],
  isSilent: true,
  operation: {
    type: "source",
    definition: { type: "scratch" },
    load: async () => ({ type: "image", image: undefined }),
  },
});

export function imageVertex(name: string, image: Image): BuildVertex {
  return new BuildVertex({
    name,
    inputs: [],
    operation: {
      type: "source",
      definition: { type: "image", id: image.id },
      load: async () => ({ type: "image", image }),
    },
  });
}

/** A context that is already open. */
export function contextVertex(source: Source): BuildVertex {
  return new BuildVertex({
    name: "[internal] load build context",
    inputs: [],
    operation: {
      type: "source",
      definition: { type: "context" },
      load: async () => ({ type: "source", source }),
    },
  });
}
