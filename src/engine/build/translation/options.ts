// What a translation is made of, and what it asks its frontend for.
import type { Platform } from "../../../api/platforms.ts";
import type { Dockerfile, Stage, StageInstruction } from "../../../dockerfile/dockerfile.ts";
import type { Instruction } from "../../../dockerfile/instruction.ts";
import type { BuildEntitlements } from "../../config.ts";
import type { ImageConfig } from "../../images/configuration.ts";
import type { Image } from "../../images/image.ts";
import type { SourceLocation } from "../events.ts";
import type { BuildVertex } from "../graph/vertex.ts";
import type { SolveRequest } from "../solve-request.ts";
import type { GlobalArguments } from "./arguments.ts";
import type { History } from "./history.ts";
import type { StageState } from "./stage-state.ts";

export interface TranslationOptions {
  request: SolveRequest;
  dockerfile: Dockerfile;
  globals: GlobalArguments;
  /** What the client asks for and the engine's configuration grants. */
  entitlements: BuildEntitlements;
  history: History;
  /** The files that the client sends. */
  context: BuildVertex;
  /** Gets the paths in it that instructions name. */
  contextPaths: Set<string>;
  /** @param platform undefined is any that is here, or the host's */
  baseImage(name: string, platform: Platform | undefined): Promise<Image>;
  /** The named context that takes the place of a stage or an image; undefined when there is none. */
  named(name: string): Promise<NamedFiles | undefined>;
  /** Called before the stage's steps are named, with the ONBUILD triggers of its base. */
  addTriggers(stage: Stage, triggers: readonly StageInstruction[]): void;
  /** What a display calls the vertex of an instruction. */
  nameOf(stage: Stage, text: string): string;
  locationOf(instruction: Instruction): SourceLocation | undefined;
  /** The state of another stage, translated first if it was not needed until now. */
  stage(stage: Stage): Promise<StageState>;
}

/** Files that have a name, and what is known of the image they are of; undefined for those of a directory. */
export interface NamedFiles {
  root: BuildVertex;
  image: Pick<ImageConfig, "config" | "author" | "history"> | undefined;
}
