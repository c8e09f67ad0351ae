// Translates the stages of a Dockerfile to vertices of the build graph. Requires the base images, because instructions
// depend on their configuration; runs no step.
import { BerthError } from "../../../api/errors.ts";
import type { Platform } from "../../../api/platforms.ts";
import { parseTrigger, type Stage, type StageInstruction } from "../../../dockerfile/dockerfile.ts";
import type { Instruction } from "../../../dockerfile/instruction.ts";
import { BuildVertex } from "../graph/vertex.ts";
import { BuildError } from "../solve-request.ts";
import { CopyOperation } from "../steps/copy.ts";
import { DirectoryOperation } from "../steps/directory.ts";
import { copy } from "./copy.ts";
import { displayOf } from "./display.ts";
import { exec } from "./exec.ts";
import type { NamedFiles, TranslationOptions } from "./options.ts";
import { imageVertex, scratchVertex } from "./source-vertices.ts";
import { type StageOrigin, stageOrigin } from "./stage-origin.ts";
import { type StageBase, StageState } from "./stage-state.ts";

const SCRATCH = "scratch";

/** Progress of a translation, for a builder that shows each instruction. */
export type TranslationEvent =
  | { type: "begin"; text: string }
  | { type: "line"; text: string }
  | { type: "end"; state: StageState };

export class Translation {
  private readonly options: TranslationOptions;

  constructor(options: TranslationOptions) {
    this.options = options;
  }

  /** @throws BerthError */
  async *translate(stage: Stage): AsyncGenerator<TranslationEvent, StageState, void> {
    yield { type: "begin", text: stage.from.text };
    const { globals, dockerfile, request } = this.options;
    const { name, platform = request.platform } = this.originOf(stage);
    const replacement = stage.name === "" ? undefined : await this.options.named(stage.name);
    const base = replacement
      ? this.withTriggers(stage, baseOfFiles(replacement, platform))
      : await this.baseOf(stage, name, platform);
    const state = new StageState(base, {
      globals,
      token: dockerfile.token,
      ignoresCache: this.ignoresCache(stage),
      isClassic: request.frontend.type === "classic",
    });
    const triggers = state.takeTriggers();
    if (triggers.length > 0) {
      yield { type: "line", text: `# Executing ${triggers.length} build trigger${triggers.length > 1 ? "s" : ""}` };
    }
    for (const trigger of triggersOf(stage, triggers)) yield* this.instruction(stage, state, trigger);
    yield { type: "end", state };
    if (replacement) return state;
    for (const instruction of stage.instructions) {
      yield { type: "begin", text: instruction.text };
      try {
        yield* this.instruction(stage, state, instruction);
      } catch (thrown) {
        throw this.located(thrown, instruction);
      }
      yield { type: "end", state };
    }
    return state;
  }

  /** Adds the location of the instruction to an error. */
  private located(thrown: unknown, instruction: Instruction): unknown {
    const location = this.options.locationOf(instruction);
    if (location === undefined || thrown instanceof BuildError || !(thrown instanceof BerthError)) return thrown;
    return new BuildError(thrown.kind, thrown.message, { location, cause: thrown });
  }

  private ignoresCache({ name, index }: Stage): boolean {
    const { noCache } = this.options.request;
    if (typeof noCache === "string") return noCache === "all";
    return noCache.stages.some((each) => each.toLowerCase() === name || each === String(index));
  }

  private originOf(stage: Stage): StageOrigin {
    const { globals, dockerfile } = this.options;
    try {
      return stageOrigin(stage, globals, dockerfile);
    } catch (thrown) {
      throw this.located(thrown, stage.from);
    }
  }

  private async baseOf(stage: Stage, name: string, platform: Platform | undefined): Promise<StageBase> {
    const other = this.options.dockerfile.stages
      .slice(0, stage.index)
      .findLast((candidate) => candidate.name === name.toLowerCase());
    if (other) return this.withTriggers(stage, await this.options.stage(other));
    if (name === SCRATCH) {
      const config = this.options.request.frontend.type === "classic" ? {} : { WorkingDir: "/" };
      return { root: scratchVertex, config, author: "", platform, baseHistory: [], history: [] };
    }
    const files = await this.options.named(name);
    if (files) return this.withTriggers(stage, baseOfFiles(files, platform));
    const image = await this.options.baseImage(name, platform);
    this.options.addTriggers(stage, triggersOf(stage, image.config.config?.OnBuild));
    return baseOfFiles(
      { root: imageVertex(this.options.nameOf(stage, `FROM ${name}`), image), image: image.config },
      platform,
    );
  }

  private withTriggers(stage: Stage, base: StageBase): StageBase {
    this.options.addTriggers(stage, triggersOf(stage, base.config.OnBuild));
    return base;
  }

  private async *instruction(
    stage: Stage,
    state: StageState,
    instruction: StageInstruction,
  ): AsyncGenerator<TranslationEvent, void, void> {
    const { history } = this.options;
    switch (instruction.name) {
      case "run":
        return exec(this.options, stage, state, instruction);
      case "copy":
      case "add":
        return copy(this.options, stage, state, instruction);
      case "arg":
        return history.declared(state, state.declare(instruction));
      case "workdir": {
        const words = state.configure(instruction);
        const { WorkingDir: path = "/", User: owner = "" } = state.config;
        if (path === "/" && this.options.request.frontend.type === "dockerfile")
          return history.configured(state, words);
        const description = history.madeDirectory(state, words);
        const operation = new DirectoryOperation(path, owner, description);
        state.append({ ...displayOf(this.options, stage, state, instruction), operation });
        return;
      }
      case "healthcheck": {
        const { Test = ["NONE"] } = state.config.Healthcheck ?? {};
        if (Test[0] !== "NONE")
          yield { type: "line", text: `Note: overriding previous HEALTHCHECK: [${Test.join(" ")}]` };
        return history.configured(state, state.configure(instruction));
      }
      default:
        return history.configured(state, state.configure(instruction));
    }
  }
}

/** Runs the ONBUILD triggers of a stage's base right after its FROM. */
function triggersOf({ from: { line, endLine } }: Stage, triggers: readonly string[] = []): StageInstruction[] {
  return triggers.map((trigger) => ({ ...parseTrigger(trigger), text: `ONBUILD ${trigger}`, line, endLine }));
}

function baseOfFiles({ root, image }: NamedFiles, platform: Platform | undefined): StageBase {
  const { config = {}, author = "", history = [] } = image ?? {};
  return { root: image ? root : allOf(root), config, author, platform, baseHistory: history, history: [] };
}

/** Treats the files of a directory as those of an image. */
function allOf(directory: BuildVertex): BuildVertex {
  const operation = new CopyOperation({
    instruction: "copy",
    paths: ["/"],
    urls: [],
    repositories: [],
    keepsGitDirectory: undefined,
    unpacks: undefined,
    documents: [],
    destination: "/",
    owner: "",
    mode: "",
    keepsParents: false,
    exclude: [],
    checksum: "",
    isOfContext: false,
    describe: () => ({ config: {}, author: "", comment: "", createdBy: "" }),
  });
  return new BuildVertex({ name: directory.name, inputs: [scratchVertex, directory], operation });
}
