// The inputs of a translation, and what it requests from its builder.
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
  /** Entitlements that the client requests and the configuration allows. */
  entitlements: BuildEntitlements;
  history: History;
  /** The build context. */
  context: BuildVertex;
  /** Collects the paths in it that instructions use. */
  contextPaths: Set<string>;
  /** @param platform undefined accepts any local image, or the host's platform */
  baseImage(name: string, platform: Platform | undefined): Promise<Image>;
  /** The named context that replaces a stage or an image; undefined when there is none. */
  named(name: string): Promise<NamedFiles | undefined>;
  /** Called before the stage's steps are named, with the ONBUILD triggers of its base. */
  addTriggers(stage: Stage, triggers: readonly StageInstruction[]): void;
  /** The displayed name of an instruction's vertex. */
  nameOf(stage: Stage, text: string): string;
  locationOf(instruction: Instruction): SourceLocation | undefined;
  /** The state of another stage, translated on first use. */
  stage(stage: Stage): Promise<StageState>;
}

/** The files of a name, and the configuration of their image; undefined for those of a directory. */
export interface NamedFiles {
  root: BuildVertex;
  image: Pick<ImageConfig, "config" | "author" | "history"> | undefined;
}
