// The state of a stage during translation: its last vertex, configuration and arguments.

import type { ContainerConfig } from "../../../api/container-config.ts";
import { variableNames } from "../../../api/environment.ts";
import type { Platform } from "../../../api/platforms.ts";
import { configure } from "../../../dockerfile/configuration.ts";
import type { ArgInstruction, ConfigurationInstruction } from "../../../dockerfile/instruction.ts";
import { expand, type Lookup } from "../../../dockerfile/variables.ts";
import type { EscapeToken } from "../../../dockerfile/words.ts";
import { signalNumber } from "../../../linux/signals.ts";
import type { HistoryEntry } from "../../images/configuration.ts";
import type { SourceLocation } from "../events.ts";
import { BuildVertex, type StepOperation } from "../graph/vertex.ts";
import { type GlobalArguments, StageArguments } from "./arguments.ts";

const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** An entry of the history; that of a layer gets the layer's time. */
export interface StageHistoryEntry {
  entry: Omit<HistoryEntry, "created">;
  hasLayer: boolean;
}

export interface StageBase {
  /** The initial files of the stage. */
  root: BuildVertex;
  config: ContainerConfig;
  author: string;
  platform: Platform | undefined;
  /** The base image's own history. */
  baseHistory: readonly HistoryEntry[];
  /** Entries added by other stages. */
  history: readonly StageHistoryEntry[];
}

export interface StageOptions {
  globals: GlobalArguments;
  token: EscapeToken;
  ignoresCache: boolean;
  /** Whether the classic builder's rules apply: ENV always takes precedence over ARG. */
  isClassic: boolean;
}

export class StageState {
  root: BuildVertex;
  config: ContainerConfig;
  author: string;
  /** The platform of a stage from scratch; undefined: the host's. */
  readonly platform: Platform | undefined;
  readonly baseHistory: readonly HistoryEntry[];
  readonly history: StageHistoryEntry[];
  readonly ignoresCache: boolean;
  /** Whether the stage has set CMD, which ENTRYPOINT then does not reset. */
  hasCommand = false;
  readonly arguments: StageArguments;
  /** Arguments declared after a variable of the same name: they override it until the next ENV. */
  private readonly replacing = new Set<string>();
  private readonly token: EscapeToken;
  private readonly isClassic: boolean;

  constructor(base: StageBase, { globals, token, ignoresCache, isClassic }: StageOptions) {
    const { root, config, author, platform, baseHistory, history } = base;
    const hasPath = config.Env?.some((entry) => entry.startsWith("PATH=")) ?? false;
    this.root = root;
    this.config = { ...config, Env: hasPath ? (config.Env ?? []) : [...(config.Env ?? []), DEFAULT_PATH] };
    this.author = author;
    this.platform = platform;
    this.baseHistory = baseHistory;
    this.history = [...history];
    this.ignoresCache = ignoresCache;
    this.arguments = new StageArguments(globals);
    this.token = token;
    this.isClassic = isClassic;
  }

  /** Adds a step on top of the current files. @param others inputs besides these files */
  append(step: {
    name: string;
    operation: StepOperation;
    others?: readonly BuildVertex[];
    location?: SourceLocation | undefined;
  }): BuildVertex {
    const { name, operation, others = [], location } = step;
    const { platform, ignoresCache } = this;
    this.root = new BuildVertex({ name, inputs: [this.root, ...others], operation, platform, ignoresCache, location });
    return this.root;
  }

  /** Removes and returns the ONBUILD triggers of the base image. */
  takeTriggers(): string[] {
    const { OnBuild = [], ...rest } = this.config;
    this.config = rest;
    return OnBuild;
  }

  /** Variables take precedence over arguments, except overridden ones. */
  readonly lookup: Lookup = (name) => {
    if (this.replacing.has(name)) return this.arguments.valueOf(name);
    const entry = this.config.Env?.find((variable) => variable.startsWith(`${name}=`));
    return entry === undefined ? this.arguments.valueOf(name) : entry.slice(name.length + 1);
  };

  /** @throws BerthError invalidParameter */
  expand(word: string): string {
    return expand(word, this.lookup, this.token).text;
  }

  /** Declares the names of an `ARG`; returns them with their default values, undefined for none. */
  declare(instruction: ArgInstruction): { name: string; value: string | undefined }[] {
    return instruction.arguments.map(({ name, value }) => {
      const key = this.expand(name);
      const fallback = value === undefined ? undefined : this.expand(value);
      this.arguments.declare(key, fallback);
      if (!this.isClassic && this.arguments.valueOf(key) !== undefined) this.replacing.add(key);
      return { name: key, value: fallback };
    });
  }

  /** Changes the configuration; returns the text for the history. */
  configure(instruction: ConfigurationInstruction): string {
    const { lookup, token, hasCommand, isClassic } = this;
    if (instruction.name === "stopsignal") signalNumber(this.expand(instruction.value));
    const { config, createdBy } = configure(this.config, instruction, { lookup, token, hasCommand, isClassic });
    this.config = config;
    if (instruction.name === "env") for (const [name] of instruction.pairs) this.replacing.delete(this.expand(name));
    if (instruction.name === "maintainer") this.author = instruction.value;
    this.hasCommand ||= instruction.name === "cmd";
    return createdBy;
  }

  /** Names of ENV variables that no argument overrides. */
  variableNames(): Set<string> {
    return variableNames(this.config.Env ?? []).difference(this.replacing);
  }
}
