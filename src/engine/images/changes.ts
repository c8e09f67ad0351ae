// `--change` of import and commit: the instructions of a Dockerfile that change an image's configuration.
import type { ContainerConfig } from "../../api/containers.ts";
import { BerthError } from "../../api/errors.ts";
import { parseDuration } from "../../api/time.ts";

import { splitPairs, splitWords } from "./instruction-words.ts";

type Instruction = (config: ContainerConfig, text: string) => ContainerConfig;

const instructions: Readonly<Record<string, Instruction>> = {
  cmd: (config, text) => ({ ...config, Cmd: commandOf(text) }),
  entrypoint: (config, text) => ({ ...config, Entrypoint: commandOf(text) }),
  env: (config, text) => ({ ...config, Env: mergeEnv(config.Env ?? [], splitPairs("ENV", text)) }),
  expose: (config, text) => ({ ...config, ExposedPorts: { ...config.ExposedPorts, ...setOf(text, portOf) } }),
  healthcheck: (config, text) => ({ ...config, Healthcheck: healthcheckOf(text) }),
  label: (config, text) => ({
    ...config,
    Labels: { ...config.Labels, ...Object.fromEntries(splitPairs("LABEL", text)) },
  }),
  onbuild: (config, text) => ({ ...config, OnBuild: [...(config.OnBuild ?? []), text] }),
  stopsignal: (config, text) => ({ ...config, StopSignal: text }),
  user: (config, text) => ({ ...config, User: text }),
  volume: (config, text) => ({ ...config, Volumes: { ...config.Volumes, ...volumesOf(text) } }),
  workdir: (config, text) => ({ ...config, WorkingDir: workingDirectory(config.WorkingDir, text) }),
};

/** Applies each change in turn. @throws BerthError invalidParameter for what cannot be changed so */
export function applyChanges(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  return changes
    .flatMap((change) => change.split("\n"))
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .reduce(applyChange, config);
}

function applyChange(config: ContainerConfig, line: string): ContainerConfig {
  const [, name = "", text = ""] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
  const instruction = Object.hasOwn(instructions, name.toLowerCase()) ? instructions[name.toLowerCase()] : undefined;
  if (!instruction) throw new BerthError("invalidParameter", `${name} is not a valid change command`);
  if (text === "") throw new BerthError("invalidParameter", `${name.toUpperCase()} requires at least one argument`);
  return instruction(config, text);
}

/** A JSON list as it is, anything else as a line for the shell. */
function commandOf(text: string): string[] {
  return jsonWords(text) ?? ["/bin/sh", "-c", text];
}

function jsonWords(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const words: unknown = JSON.parse(text);
    if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words;
  } catch {
    // Docker, too, takes what only looks like a list for a shell line.
  }
  return undefined;
}

function mergeEnv(present: readonly string[], pairs: readonly (readonly [string, string])[]): string[] {
  const merged = [...present];
  for (const [name, value] of pairs) {
    const index = merged.findIndex((entry) => entry.split("=", 1)[0] === name);
    if (index === -1) merged.push(`${name}=${value}`);
    else merged[index] = `${name}=${value}`;
  }
  return merged;
}

function setOf(text: string, read: (word: string) => string): Record<string, Record<string, never>> {
  return Object.fromEntries(splitWords(text).map((word) => [read(word), {}]));
}

function portOf(word: string): string {
  const [, port, protocol = "tcp"] = /^(\d{1,5}(?:-\d{1,5})?)(?:\/(tcp|udp|sctp))?$/i.exec(word) ?? [];
  if (port === undefined) throw new BerthError("invalidParameter", `invalid containerPort: ${word}`);
  return `${port}/${protocol.toLowerCase()}`;
}

function volumesOf(text: string): Record<string, Record<string, never>> {
  return Object.fromEntries((jsonWords(text) ?? splitWords(text)).map((path) => [path, {}]));
}

function workingDirectory(present: string | undefined, text: string): string {
  return text.startsWith("/") ? text : `${present ?? ""}/${text}`.replaceAll(/\/+/g, "/");
}

const durationFlags = new Map([
  ["interval", "Interval"],
  ["timeout", "Timeout"],
  ["start-period", "StartPeriod"],
  ["start-interval", "StartInterval"],
] as const);

function healthcheckOf(text: string): ContainerConfig["Healthcheck"] {
  const check: Record<string, number> = {};
  let rest = text;
  for (let flag = /^--([a-z-]+)=(\S+)\s*/.exec(rest); flag; flag = /^--([a-z-]+)=(\S+)\s*/.exec(rest)) {
    const [whole, name = "", value = ""] = flag;
    const duration = [...durationFlags].find(([flagName]) => flagName === name)?.[1];
    if (duration) check[duration] = durationOf(value);
    else if (name === "retries") check.Retries = Number(value);
    else throw new BerthError("invalidParameter", `unknown flag: ${name}`);
    rest = rest.slice(whole.length);
  }
  const [, type = "", command = ""] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
  if (type.toUpperCase() === "NONE") return { Test: ["NONE"] };
  if (type.toUpperCase() !== "CMD") throw new BerthError("invalidParameter", `Unknown type "${type}" in HEALTHCHECK`);
  const words = jsonWords(command);
  return { ...check, Test: words ? ["CMD", ...words] : ["CMD-SHELL", command] };
}

function durationOf(text: string): number {
  const duration = parseDuration(text);
  if (duration === undefined) throw new BerthError("invalidParameter", `time: invalid duration "${text}"`);
  return Number(duration);
}
