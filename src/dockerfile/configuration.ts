// Applies instructions to an image configuration, and words them for the history.

import type { ContainerConfig, HealthConfig } from "../api/container-config.ts";
import { variableName } from "../api/environment.ts";
import { BerthError } from "../api/errors.ts";
import { formatDuration } from "../api/time.ts";
import type { CommandLine, ConfigurationInstruction } from "./instruction.ts";
import { expand, type Lookup } from "./variables.ts";
import type { EscapeToken } from "./words.ts";

export interface Configured {
  config: ContainerConfig;
  /** "ENV A=1". */
  createdBy: string;
}

export interface ConfigurationScope {
  lookup: Lookup;
  token: EscapeToken;
  /** Whether CMD was set by these instructions: then ENTRYPOINT does not reset it. */
  hasCommand: boolean;
  /** Whether to follow the classic builder, which words EXPOSE differently and sets no ArgsEscaped. */
  isClassic: boolean;
}

const DEFAULT_SHELL = ["/bin/sh", "-c"];

/** The shell for shell-form commands. */
export const shellOf = (config: ContainerConfig): string[] => (config.Shell?.length ? config.Shell : DEFAULT_SHELL);

/** @throws BerthError invalidParameter */
export function configure(
  config: ContainerConfig,
  instruction: ConfigurationInstruction,
  { lookup, token, hasCommand, isClassic }: ConfigurationScope,
): Configured {
  const one = (word: string): string => expand(word, lookup, token).text;
  switch (instruction.name) {
    case "env": {
      const pairs = instruction.pairs.map(([name, value]) => [one(name), one(value)] as const);
      return {
        config: { ...config, Env: withVariables(config.Env ?? [], pairs) },
        createdBy: `ENV ${formatPairs(pairs)}`,
      };
    }
    case "label": {
      const pairs = instruction.pairs.map(([name, value]) => [one(name), one(value)] as const);
      const Labels = { ...config.Labels, ...Object.fromEntries(pairs) };
      return { config: { ...config, Labels }, createdBy: `LABEL ${formatPairs(pairs)}` };
    }
    case "cmd": {
      const Cmd = wordsOf(instruction.command, config);
      const escaped = isClassic ? {} : { ArgsEscaped: true };
      return { config: { ...config, Cmd, ...escaped }, createdBy: `CMD ${quoted(Cmd)}` };
    }
    case "entrypoint": {
      const Entrypoint = wordsOf(instruction.command, config);
      const { Cmd, ...rest } = config;
      const kept = hasCommand && Cmd ? { Cmd } : {};
      return { config: { ...rest, ...kept, Entrypoint }, createdBy: `ENTRYPOINT ${quoted(Entrypoint)}` };
    }
    case "shell":
      return { config: { ...config, Shell: instruction.words }, createdBy: `SHELL [${instruction.words.join(" ")}]` };
    case "healthcheck":
      return {
        config: { ...config, Healthcheck: instruction.check },
        createdBy: `HEALTHCHECK ${formatHealthcheck(instruction.check)}`,
      };
    case "expose": {
      const words = instruction.words.flatMap((word) => expand(word, lookup, token).words);
      const ports = words.flatMap(portsOf);
      const ExposedPorts = { ...config.ExposedPorts, ...keys(ports) };
      const shown = isClassic ? words.join(" ") : `[${ports.join(" ")}]`;
      return { config: { ...config, ExposedPorts }, createdBy: `EXPOSE ${shown}` };
    }
    case "volume": {
      const paths = instruction.words.map(one);
      if (paths.includes("")) throw new BerthError("invalidParameter", "VOLUME specified can not be an empty string");
      const Volumes = { ...config.Volumes, ...keys(paths) };
      return { config: { ...config, Volumes }, createdBy: `VOLUME [${paths.join(" ")}]` };
    }
    case "user": {
      const User = one(instruction.value);
      return { config: { ...config, User }, createdBy: `USER ${User}` };
    }
    case "workdir": {
      const WorkingDir = workingDirectory(config.WorkingDir, one(instruction.value));
      return { config: { ...config, WorkingDir }, createdBy: `WORKDIR ${WorkingDir}` };
    }
    case "stopsignal": {
      const StopSignal = one(instruction.value);
      return { config: { ...config, StopSignal }, createdBy: `STOPSIGNAL ${StopSignal}` };
    }
    case "maintainer":
      return { config, createdBy: `MAINTAINER ${instruction.value}` };
    case "onbuild": {
      const OnBuild = [...(config.OnBuild ?? []), instruction.trigger];
      return { config: { ...config, OnBuild }, createdBy: `ONBUILD ${instruction.trigger}` };
    }
  }
}

/** The arguments to execute. */
export function wordsOf(command: CommandLine, config: ContainerConfig): string[] {
  return command.form === "exec" ? command.words : [...shellOf(config), command.line];
}

/** Later values replace earlier ones. */
function withVariables(present: readonly string[], pairs: readonly (readonly [string, string])[]): string[] {
  const merged = [...present];
  for (const [name, value] of pairs) {
    if (name === "") throw new BerthError("invalidParameter", "ENV names can not be blank");
    const index = merged.findIndex((entry) => variableName(entry) === name);
    if (index === -1) merged.push(`${name}=${value}`);
    else merged[index] = `${name}=${value}`;
  }
  return merged;
}

function formatPairs(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join(" ");
}

/** Formats a list like Go's %q. */
function quoted(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(" ")}]`;
}

function formatHealthcheck({
  Test = [],
  Interval = 0,
  Timeout = 0,
  StartPeriod = 0,
  Retries = 0,
}: HealthConfig): string {
  const durations = [Interval, Timeout, StartPeriod].map((nanoseconds) => `"${goDuration(nanoseconds)}"`);
  const retries = `'\\x${Retries.toString(16).padStart(2, "0")}'`;
  return `&{${[quoted(Test), ...durations, retries].join(" ")}}`;
}

const goDuration = (nanoseconds: number): string =>
  nanoseconds === 0 ? "0s" : formatDuration(Math.round(nanoseconds / 1_000_000));

function keys(names: readonly string[]): Record<string, Record<string, never>> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

const MAX_PORT = 65_535;

/** Expands "80", "80/udp" or "8000-8010" into single ports. */
function portsOf(word: string): string[] {
  const [, first = "", last = first, protocol = "tcp"] =
    /^(?:.*:)?(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(word) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === "" || to < from || to > MAX_PORT) {
    throw new BerthError("invalidParameter", `invalid containerPort: ${word}`);
  }
  return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}/${protocol.toLowerCase()}`);
}

function workingDirectory(present: string | undefined, wanted: string): string {
  const joined = wanted.startsWith("/") ? wanted : `${present ?? ""}/${wanted}`;
  const parts: string[] = [];
  for (const part of joined.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
