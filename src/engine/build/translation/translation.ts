// Translates the stages of a Dockerfile into vertices of the build graph. Base images have to be known for it, as their
// configuration decides what instructions mean; no step is run.
import { posix } from "node:path";
import { BerthError, prefixed } from "../../../api/errors.ts";
import { type Platform, parsePlatform } from "../../../api/platforms.ts";
import { type Dockerfile, parseTrigger, type Stage, type StageInstruction } from "../../../dockerfile/dockerfile.ts";
import type { CopyInstruction, Instruction, RunInstruction } from "../../../dockerfile/instruction.ts";
import { expand, expandDocument } from "../../../dockerfile/variables.ts";
import type { BuildEntitlements } from "../../config.ts";
import type { ImageConfig } from "../../images/configuration.ts";
import type { Image } from "../../images/image.ts";
import { isGitUrl } from "../contexts/git.ts";
import type { SourceLocation } from "../events.ts";
import { BuildVertex } from "../graph/vertex.ts";
import { BuildError, type SolveRequest } from "../solve-request.ts";
import { CopyOperation } from "../steps/copy.ts";
import { DirectoryOperation } from "../steps/directory.ts";
import { isUrl } from "../steps/downloads.ts";
import { commandOf, ExecOperation } from "../steps/exec.ts";
import type { ExecMount } from "../steps/exec-mounts.ts";
import { LinkOperation } from "../steps/link.ts";
import { readMount } from "../steps/run-mounts.ts";
import type { GlobalArguments } from "./arguments.ts";
import type { History } from "./history.ts";
import { earlier } from "./plan.ts";
import { imageVertex, scratchVertex } from "./source-vertices.ts";
import { type StageBase, StageState } from "./stage-state.ts";

const SCRATCH = "scratch";
/** What containers of steps are called, as BuildKit's. */
const HOSTNAME = "buildkitsandbox";

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

/** What a translation goes through, for a frontend that shows instructions one by one. */
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
    const name = this.ofGlobals(stage.from.base);
    const wanted = this.ofGlobals(stage.from.platform);
    const platform = wanted === "" ? request.platform : parsePlatform(wanted);
    const replacement = stage.name === "" ? undefined : await this.options.named(stage.name);
    const base = replacement ? baseOfFiles(replacement, platform) : await this.baseOf(stage, name, platform);
    const state = new StageState(base, globals, dockerfile.token, this.ignoresCache(stage));
    const triggers = state.takeTriggers();
    if (triggers.length > 0) {
      yield { type: "line", text: `# Executing ${triggers.length} build trigger${triggers.length > 1 ? "s" : ""}` };
    }
    for (const trigger of triggers) {
      const { line, endLine } = stage.from;
      yield* this.instruction(stage, state, { ...parseTrigger(trigger), line, endLine });
    }
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

  /** The error with the place of the instruction it comes from. */
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

  private ofGlobals(word: string): string {
    const { globals, dockerfile } = this.options;
    return expand(word, (name) => globals.valueOf(name), dockerfile.token).text;
  }

  private async baseOf(stage: Stage, name: string, platform: Platform | undefined): Promise<StageBase> {
    if (name === "") {
      throw new BerthError("invalidParameter", `base name (${stage.from.base}) should not be blank`);
    }
    const other = this.options.dockerfile.stages
      .slice(0, stage.index)
      .findLast((candidate) => candidate.name === name.toLowerCase());
    if (other) return this.options.stage(other);
    if (name === SCRATCH) {
      return { root: scratchVertex, config: {}, author: "", platform, baseHistory: [], history: [] };
    }
    const files = await this.options.named(name);
    if (files) return baseOfFiles(files, platform);
    const image = await this.options.baseImage(name, platform);
    return baseOfFiles(
      { root: imageVertex(this.options.nameOf(stage, `FROM ${name}`), image), image: image.config },
      platform,
    );
  }

  private async *instruction(
    stage: Stage,
    state: StageState,
    instruction: StageInstruction,
  ): AsyncGenerator<TranslationEvent, void, void> {
    const { history } = this.options;
    switch (instruction.name) {
      case "run":
        return this.exec(stage, state, instruction);
      case "copy":
      case "add":
        return this.copy(stage, state, instruction);
      case "arg":
        return history.declared(state, state.declare(instruction));
      case "workdir": {
        const words = state.configure(instruction);
        const { WorkingDir: path = "/", User: owner = "" } = state.config;
        const description = history.madeDirectory(state, words);
        const operation = new DirectoryOperation(path, owner, description);
        state.append({ ...this.shown(stage, instruction), operation });
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

  private async exec(stage: Stage, state: StageState, instruction: Instruction<RunInstruction>): Promise<void> {
    const { request, entitlements } = this.options;
    const isInsecure = instruction.security === "insecure";
    if (isInsecure && !entitlements.securityInsecure) throw notAllowed("security.insecure");
    if (instruction.network === "host" && !entitlements.networkHost) throw notAllowed("network.host");
    if (instruction.devices.length > 0) {
      const names = instruction.devices.join(", ");
      throw new BerthError("notImplemented", `RUN --device=${names}: devices by CDI are not supported by this engine`);
    }
    const command = commandOf(instruction, state.config);
    const { mounts, others } = await this.mountsOf(stage, state, instruction.mounts);
    const names = state.variableNames();
    const operation = new ExecOperation({
      command,
      config: state.config,
      variables: state.arguments.variables(names),
      significantVariables: state.arguments.told(names),
      mounts,
      network: instruction.network,
      isInsecure,
      hostname: request.frontend.type === "classic" ? "" : (request.arguments.BUILDKIT_SANDBOX_HOSTNAME ?? HOSTNAME),
      describe: this.options.history.executed(state, instruction, command),
    });
    state.append({ ...this.shown(stage, instruction), operation, others });
  }

  private async mountsOf(
    stage: Stage,
    state: StageState,
    texts: readonly string[],
  ): Promise<{ mounts: ExecMount[]; others: BuildVertex[] }> {
    const mounts: ExecMount[] = [];
    const others: BuildVertex[] = [];
    for (const each of texts) {
      const text = state.expand(each);
      const mount = readMount(text, state.config.WorkingDir);
      if (mount.type === "ssh" && this.options.request.frontend.type === "classic") {
        throw new BerthError(
          "notImplemented",
          "RUN --mount=type=ssh takes an agent that BuildKit's client forwards, which this builder does not know",
        );
      }
      const showsFiles = mount.type === "bind" || (mount.type === "cache" && mount.from !== "");
      if (showsFiles && mount.from === "") {
        this.options.contextPaths.add(mount.source || "/");
        others.push(this.options.context);
      } else if (showsFiles) others.push(await this.filesOf(stage, mount.from));
      // The first input is the root.
      mounts.push({ mount, text, input: showsFiles ? others.length : undefined });
    }
    return { mounts, others };
  }

  private async copy(stage: Stage, state: StageState, instruction: Instruction<CopyInstruction>): Promise<void> {
    const destination = state.expand(instruction.destination);
    const sources = instruction.sources.map((source) => state.expand(source));
    const [owner, mode] = [state.expand(instruction.chown), state.expand(instruction.chmod)];
    const repositories = instruction.name === "add" ? sources.filter(isGitUrl) : [];
    const urls = sources.filter((source) => isUrl(source) && !repositories.includes(source));
    const paths = sources.filter((source) => !isUrl(source) && !repositories.includes(source));
    if (urls.length > 0 && instruction.name === "copy") {
      throw new BerthError("invalidParameter", "COPY failed: source can't be a URL for COPY");
    }
    if (instruction.checksum !== "" && paths.length + instruction.documents.length > 0) {
      throw new BerthError("invalidParameter", "ADD failed: checksum can't be specified for non-HTTP(S) sources");
    }
    const [repository] = repositories;
    if (repository !== undefined && this.options.request.frontend.type === "classic") {
      throw new BerthError(
        "notImplemented",
        `ADD failed: ${repository} is a git repository, which this builder does not clone; it can be a build's context`,
      );
    }
    const isOfContext = instruction.from === "";
    if (isOfContext) for (const path of paths) this.options.contextPaths.add(path);
    const files = isOfContext ? this.options.context : await this.filesOf(stage, instruction.from);
    const operation = new CopyOperation({
      instruction: instruction.name,
      paths,
      urls,
      repositories,
      keepsGitDirectory: instruction.keepsGitDirectory,
      unpacks: instruction.unpacks,
      documents: instruction.documents.map(({ name, content, expands }) => ({
        name,
        content: expands ? expandDocument(content, state.lookup) : content,
      })),
      destination: absolute(state, destination),
      owner,
      mode,
      keepsParents: instruction.keepsParents,
      exclude: instruction.exclude,
      checksum: instruction.checksum,
      isOfContext,
      describe: this.options.history.copied(state, { instruction, sources, destination, owner, mode }),
    });
    const others = paths.length > 0 ? [files] : [];
    const shown = this.shown(stage, instruction);
    if (!instruction.isLink || this.options.request.frontend.type === "classic") {
      state.append({ ...shown, operation, others });
      return;
    }
    const { platform, ignoresCache } = state;
    const inputs = [scratchVertex, ...others];
    const layer = new BuildVertex({ ...shown, inputs, operation, platform, ignoresCache });
    const description = { platform, config: {}, author: "", comment: "", createdBy: "" };
    state.append({
      ...shown,
      name: shown.name.replace("] ", "] LINK "),
      operation: new LinkOperation(description),
      others: [layer],
    });
  }

  private shown(stage: Stage, instruction: Instruction): { name: string; location: SourceLocation | undefined } {
    const { nameOf, locationOf } = this.options;
    return { name: nameOf(stage, instruction.text), location: locationOf(instruction) };
  }

  /** The files of a stage or an image. @throws BerthError in Docker's words */
  private async filesOf(stage: Stage, name: string): Promise<BuildVertex> {
    const { stages } = this.options.dockerfile;
    const other = earlier(stages, stage, name);
    try {
      if (other) return (await this.options.stage(other)).root;
      if (/^\d+$/.test(name)) {
        const reason = Number(name) === stage.index ? "refers to current build stage" : "index out of bounds";
        throw new BerthError("invalidParameter", reason);
      }
      const files = await this.options.named(name);
      if (files) return files.root;
      return imageVertex(`FROM ${name}`, await this.options.baseImage(name, this.options.request.platform));
    } catch (thrown) {
      throw prefixed(`invalid from flag value ${name}`, thrown);
    }
  }
}

const notAllowed = (entitlement: string): BerthError =>
  new BerthError("invalidParameter", `${entitlement} is not allowed`);

function baseOfFiles({ root, image }: NamedFiles, platform: Platform | undefined): StageBase {
  const { config = {}, author = "", history = [] } = image ?? {};
  return { root: image ? root : allOf(root), config, author, platform, baseHistory: history, history: [] };
}

/** The files of a directory as those of an image. */
function allOf(directory: BuildVertex): BuildVertex {
  const operation = new CopyOperation({
    instruction: "copy",
    paths: ["/"],
    urls: [],
    repositories: [],
    keepsGitDirectory: false,
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

/** Absolute; what is meant for a directory ends with a slash. */
function absolute({ config }: StageState, destination: string): string {
  const path = posix.resolve(config.WorkingDir || "/", destination);
  return /(?:^|\/)\.?$/.test(destination) && path !== "/" ? `${path}/` : path;
}
