// One stage while it is built: the image it has come to, and what its next instructions see.
import type { ContainerConfig } from "../../api/containers.ts";
import type { Platform } from "../../api/platforms.ts";
import { configure, shellOf } from "../../dockerfile/configuration.ts";
import type { ArgInstruction, ConfigurationInstruction } from "../../dockerfile/instruction.ts";
import { expand, type Lookup } from "../../dockerfile/variables.ts";
import type { EscapeToken } from "../../dockerfile/words.ts";
import { signalNumber } from "../../linux/signals.ts";
import type { Image } from "../images/image.ts";
import { type GlobalArguments, StageArguments } from "./arguments.ts";

const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export class StageState {
  /** Undefined for a stage made from nothing, until its first instruction. */
  image: Image | undefined;
  config: ContainerConfig;
  author: string;
  /** What a stage made from nothing is of; undefined: the host's. */
  readonly platform: Platform | undefined;
  /** Whether the stage itself has set a command, which an entrypoint then leaves. */
  hasCommand = false;
  /** Whether a step had to be done: what follows was never done after it. */
  isCacheBroken = false;
  readonly arguments: StageArguments;
  private readonly token: EscapeToken;

  constructor(base: Image | undefined, platform: Platform | undefined, globals: GlobalArguments, token: EscapeToken) {
    this.platform = platform;
    const config = base?.config.config ?? {};
    const hasPath = config.Env?.some((entry) => entry.startsWith("PATH=")) ?? false;
    this.image = base;
    this.config = { ...config, Env: hasPath ? (config.Env ?? []) : [...(config.Env ?? []), DEFAULT_PATH] };
    this.author = base?.config.author ?? "";
    this.arguments = new StageArguments(globals);
    this.token = token;
  }

  /** The triggers of the image it began with, which are taken out. */
  takeTriggers(): string[] {
    const { OnBuild = [], ...rest } = this.config;
    this.config = rest;
    return OnBuild;
  }

  /** Variables first, then arguments. */
  readonly lookup: Lookup = (name) => {
    const entry = this.config.Env?.find((variable) => variable.startsWith(`${name}=`));
    return entry === undefined ? this.arguments.valueOf(name) : entry.slice(name.length + 1);
  };

  /** @throws BerthError invalidParameter */
  expand(word: string): string {
    return expand(word, this.lookup, this.token).text;
  }

  /** What a command that changes no files is called in the history. */
  comment(told: string, separator = " "): string {
    return `${shellOf(this.config).join(" ")} #(nop) ${separator}${told}`;
  }

  /** Declares what `ARG` names; answers the words for it. */
  declare(instruction: ArgInstruction): string {
    const told = instruction.arguments.map(({ name, value }) => {
      const key = this.expand(name);
      const fallback = value === undefined ? undefined : this.expand(value);
      this.arguments.declare(key, fallback);
      return fallback === undefined ? key : `${key}=${fallback}`;
    });
    return `ARG ${told.join(" ")}`;
  }

  /** Changes the configuration; answers the words for it. */
  configure(instruction: ConfigurationInstruction): string {
    const { lookup, token, hasCommand } = this;
    if (instruction.name === "stopsignal") signalNumber(this.expand(instruction.value));
    const { config, told } = configure(this.config, instruction, { lookup, token, hasCommand });
    this.config = config;
    if (instruction.name === "maintainer") this.author = instruction.value;
    this.hasCommand ||= instruction.name === "cmd";
    return told;
  }

  /** The names its commands find set already. */
  variableNames(): Set<string> {
    return new Set((this.config.Env ?? []).map((entry) => entry.split("=", 1)[0] ?? ""));
  }
}
