// The stages of one build, done one after the other: instructions, the cache, and what a later stage takes of another.
import { BerthError, prefixed } from "../../api/errors.ts";
import { type Platform, parsePlatform } from "../../api/platforms.ts";
import { parseTrigger, type Stage, type StageInstruction } from "../../dockerfile/dockerfile.ts";
import { expand } from "../../dockerfile/variables.ts";
import type { Image } from "../images/image.ts";
import { copyStep } from "./copy-step.ts";
import { earlier } from "./plan.ts";
import { runStep } from "./run-step.ts";
import { StageState } from "./stage.ts";
import type { BuildParts, Step, Steps } from "./step.ts";

const SCRATCH = "scratch";

export class Stages implements Steps {
  readonly parts: BuildParts;
  private readonly done = new Map<Stage, StageState>();
  private files = 0;

  constructor(parts: BuildParts) {
    this.parts = parts;
  }

  /** Builds a stage; answers its image, which one that is made from nothing and changes nothing has not. */
  async build(stage: Stage): Promise<Image | undefined> {
    const { output, globals, dockerfile, request } = this.parts;
    output.begin(stage.from.text);
    const name = this.ofGlobals(stage.from.base);
    const wanted = this.ofGlobals(stage.from.platform);
    const platform = wanted === "" ? request.platform : parsePlatform(wanted);
    const state = new StageState(await this.baseOf(stage, name, platform), platform, globals, dockerfile.token);
    if (state.image) this.parts.hold(state.image.id);
    await this.runTriggers(stage, state);
    output.end(state.image?.id);
    for (const instruction of stage.instructions) {
      this.parts.signal.throwIfAborted();
      output.begin(instruction.text);
      await this.dispatch(stage, state, instruction);
      output.end(state.image?.id);
    }
    this.done.set(stage, state);
    if (state.image) output.tell({ aux: { ID: state.image.id } });
    return state.image;
  }

  async imageOf(stage: Stage, name: string): Promise<Image> {
    const { stages } = this.parts.dockerfile;
    const other = earlier(stages, stage, name);
    try {
      if (other === undefined && /^\d+$/.test(name)) {
        const reason = Number(name) === stage.index ? "refers to current build stage" : "index out of bounds";
        throw new BerthError("invalidParameter", reason);
      }
      if (other === undefined) return await this.held(this.parts.bases.get(name, this.parts.request.platform));
      if (!this.done.has(other)) await this.build(other);
      const image = this.done.get(other)?.image;
      if (image === undefined) throw new BerthError("invalidParameter", "the stage has no files");
      return image;
    } catch (thrown) {
      throw prefixed(`invalid from flag value ${name}`, thrown);
    }
  }

  async isCached(state: StageState, createdBy: string): Promise<boolean> {
    const { host, request, output } = this.parts;
    if (!request.usesCache || state.isCacheBroken) return false;
    const { image: parent, platform, config, author } = state;
    const sources = request.cacheFrom.flatMap((name) => host.images.find(name) ?? []);
    const id = await host.images.findStep({ parent, platform, config, author, comment: "", createdBy }, sources);
    state.isCacheBroken = id === undefined;
    if (id === undefined) return false;
    output.line(" ---> Using cache");
    this.take(state, id);
    return true;
  }

  async commit(state: StageState, { createdBy, layer }: Step): Promise<void> {
    const { host, maker, signal } = this.parts;
    const { image: parent, platform, config, author } = state;
    const id = await host.images.derive({
      parent,
      platform,
      config,
      author,
      comment: "",
      createdBy,
      maker,
      signal,
      ...(layer ? { layer } : {}),
    });
    this.take(state, id);
  }

  newPath(): string {
    this.files += 1;
    return `${this.parts.directory}/${this.files}`;
  }

  private take(state: StageState, id: string): void {
    this.parts.hold(id);
    state.image = this.parts.host.images.get(id);
  }

  private async held(getting: Promise<Image>): Promise<Image> {
    const image = await getting;
    this.parts.hold(image.id);
    return image;
  }

  private ofGlobals(word: string): string {
    const { globals, dockerfile } = this.parts;
    return expand(word, (name) => globals.valueOf(name), dockerfile.token).text;
  }

  private async baseOf(stage: Stage, name: string, platform: Platform | undefined): Promise<Image | undefined> {
    const { dockerfile, bases } = this.parts;
    if (name === "") {
      throw new BerthError("invalidParameter", `base name (${stage.from.base}) should not be blank`);
    }
    const other = dockerfile.stages.slice(0, stage.index).find((candidate) => candidate.name === name.toLowerCase());
    if (other) {
      if (!this.done.has(other)) await this.build(other);
      return this.done.get(other)?.image;
    }
    if (name === SCRATCH) return undefined;
    return this.held(bases.get(name, platform));
  }

  private async runTriggers(stage: Stage, state: StageState): Promise<void> {
    const triggers = state.takeTriggers();
    if (triggers.length === 0) return;
    this.parts.output.line(`# Executing ${triggers.length} build trigger${triggers.length > 1 ? "s" : ""}`);
    for (const trigger of triggers) await this.dispatch(stage, state, parseTrigger(trigger));
  }

  private async dispatch(stage: Stage, state: StageState, instruction: StageInstruction): Promise<void> {
    switch (instruction.name) {
      case "run":
        return runStep(this, stage, state, instruction);
      case "copy":
      case "add":
        return copyStep(this, stage, state, instruction);
      case "arg":
        return this.note(state, state.comment(state.declare(instruction)));
      case "workdir": {
        const createdBy = state.comment(state.configure(instruction), "");
        if (await this.isCached(state, createdBy)) return;
        const { WorkingDir: path = "/", User: owner = "" } = state.config;
        return this.commit(state, { createdBy, layer: { change: { type: "directory", path, owner } } });
      }
      case "healthcheck": {
        const { Test = ["NONE"] } = state.config.Healthcheck ?? {};
        if (Test[0] !== "NONE") {
          this.parts.output.line(`Note: overriding previous HEALTHCHECK: [${Test.join(" ")}]`);
        }
        return this.note(state, state.comment(state.configure(instruction)));
      }
      default:
        return this.note(state, state.comment(state.configure(instruction)));
    }
  }

  /** A step that changes no files. */
  private async note(state: StageState, createdBy: string): Promise<void> {
    if (!(await this.isCached(state, createdBy))) await this.commit(state, { createdBy });
  }
}
