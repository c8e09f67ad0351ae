// What the steps of a build work with, and how they find or make their images.
import type { Dockerfile, Stage } from "../../dockerfile/dockerfile.ts";
import type { LayerMaker } from "../../storage/build/spawn.ts";
import type { LayerSource } from "../images/derive.ts";
import type { Image } from "../images/image.ts";
import type { GlobalArguments } from "./arguments.ts";
import type { BaseImages } from "./base-images.ts";
import type { CacheMounts } from "./cache-mounts.ts";
import type { BuildHost } from "./host.ts";
import type { BuildOutput } from "./output.ts";
import type { BuildRequest } from "./request.ts";
import type { Sources } from "./sources.ts";
import type { StageState } from "./stage.ts";

export interface BuildParts {
  host: BuildHost;
  request: BuildRequest;
  dockerfile: Dockerfile;
  globals: GlobalArguments;
  output: BuildOutput;
  bases: BaseImages;
  sources: Sources;
  caches: CacheMounts;
  maker: LayerMaker;
  /** Where the build keeps files of its own. */
  directory: string;
  signal: AbortSignal;
  /** Keeps an image from being removed while the build lasts. */
  hold(imageId: string): void;
}

/** A change of files, and its words in the history. */
export interface Step {
  createdBy: string;
  layer?: LayerSource;
}

export interface Steps {
  readonly parts: BuildParts;
  /** The image a stage means by a name: another stage's, or one of the engine or a registry. @throws BerthError */
  imageOf(stage: Stage, name: string): Promise<Image>;
  /** Takes the image that the step made before, if there is one. */
  isCached(state: StageState, createdBy: string): Promise<boolean>;
  /** Makes the step's image. */
  commit(state: StageState, step: Step): Promise<void>;
  /** A path for files of the build's own. */
  newPath(): string;
}
