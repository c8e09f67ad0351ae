// The result of a vertex of the build graph.
import type { Source } from "../../../storage/build/spawn.ts";
import type { Image } from "../../images/image.ts";

/** The files of an image, or files outside any image, such as a context. */
export type VertexResult = { type: "image"; image: Image | undefined } | { type: "source"; source: Source };
