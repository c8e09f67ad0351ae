// `--call`: describes a Dockerfile instead of building it.
// Source for the formats: moby/buildkit, frontend/subrequests.
import { variableName } from "../../../api/environment.ts";
import { BerthError } from "../../../api/errors.ts";
import { type Dockerfile, parseDockerfile, type Stage } from "../../../dockerfile/dockerfile.ts";
import type { Instruction } from "../../../dockerfile/instruction.ts";
import type { BaseImageFacts } from "../../../dockerfile/lint/subject.ts";
import type { Image } from "../../images/image.ts";
import type { BuildJob } from "../job.ts";
import type { Subrequest, SubrequestAnswer } from "../solve-request.ts";
import { readMount } from "../steps/run-mounts.ts";
import { globalArguments } from "../translation/arguments.ts";
import { neededStages } from "../translation/stage-dependencies.ts";
import { check, lintAnswer } from "./checks.ts";
import type { LoadedDockerfile } from "./contexts.ts";

const VERSION = "1.0.0";

/** @throws BerthError */
export function describeDockerfile(job: BuildJob, loaded: LoadedDockerfile, { type }: Subrequest): SubrequestAnswer {
  switch (type) {
    case "lint":
      return describeChecks(job, loaded);
    case "targets":
      return describeTargets(parseDockerfile(loaded.content), loaded);
    case "outline":
      return describeOutline(job, loaded);
  }
}

function describeChecks({ request, services }: BuildJob, loaded: LoadedDockerfile): SubrequestAnswer {
  let dockerfile: Dockerfile;
  try {
    dockerfile = parseDockerfile(loaded.content);
  } catch (thrown) {
    return lintAnswer([], loaded, thrown);
  }
  // Without a target, all stages are checked.
  const stages = request.target === "" ? dockerfile.stages : needed(dockerfile, request);
  const { warnings } = check({
    dockerfile,
    stages,
    loaded,
    request,
    baseImage: (reference) => baseImageFacts(reference, (name) => services.images.find(name)),
  });
  return lintAnswer(warnings, loaded, undefined);
}

/** The facts about a local base image that the checks need. */
export function baseImageFacts(
  reference: string,
  find: (name: string) => Image | undefined,
): BaseImageFacts | undefined {
  if (reference === "scratch") return { variables: [], platform: undefined };
  if (reference.includes("$")) return undefined;
  try {
    const image = find(reference);
    if (image === undefined) return undefined;
    const { os, architecture, variant, config } = image.config;
    const platform = os && architecture ? { os, architecture, ...(variant ? { variant } : {}) } : undefined;
    return { variables: (config?.Env ?? []).map(variableName), platform };
  } catch (thrown) {
    if (thrown instanceof BerthError) return undefined;
    throw thrown;
  }
}

function describeTargets({ stages }: Dockerfile, loaded: LoadedDockerfile): SubrequestAnswer {
  const targets = stages.map((stage) => ({
    ...(stage.name === "" ? {} : { name: stage.name }),
    ...(stage === stages.at(-1) ? { default: true } : {}),
    ...described(descriptionOf(stage.from, stage.name)),
    base: stage.from.base,
    ...(stage.from.platform === "" ? {} : { platform: stage.from.platform }),
    location: placeOf(stage.from),
  }));
  const rows = stages.map((stage) => {
    const isDefault = stage === stages.at(-1);
    const shown = stage.name === "" ? (isDefault ? "(default)" : "") : `${stage.name}${isDefault ? " (default)" : ""}`;
    return [shown, descriptionOf(stage.from, stage.name)];
  });
  return answer({ targets, sources: [sourceOf(loaded)] }, table([["TARGET", "DESCRIPTION"], ...rows], 1));
}

interface OutlineEntry {
  name: string;
  description: string;
  value: string;
  isRequired: boolean;
  instruction: Instruction;
}

function describeOutline({ request }: BuildJob, loaded: LoadedDockerfile): SubrequestAnswer {
  const dockerfile = parseDockerfile(loaded.content);
  const stages = needed(dockerfile, request);
  const target = stages.at(-1);
  const globals = globalArguments(dockerfile, request);
  const args = new Map<string, OutlineEntry>();
  const mounts = { secret: new Map<string, OutlineEntry>(), ssh: new Map<string, OutlineEntry>() };
  const declarations = [...dockerfile.globals, ...stages.flatMap(({ instructions }) => instructions)];
  for (const instruction of declarations) {
    if (instruction.name === "arg") {
      for (const { name, value = "" } of instruction.arguments) {
        if (args.has(name)) continue;
        const given = globals.givenValue(name) ?? globals.valueOf(name) ?? value;
        const description = descriptionOf(instruction, name);
        args.set(name, { name, description, value: given, isRequired: false, instruction });
      }
    }
    for (const text of instruction.name === "run" ? instruction.mounts : []) {
      const { type, id, isRequired } = readMount(text);
      if (type !== "secret" && type !== "ssh") continue;
      mounts[type].set(id, { name: id, description: "", value: "", isRequired, instruction });
    }
  }
  const [name, description] = [target?.name ?? "", target ? descriptionOf(target.from, target.name) : ""];
  const required = (entries: Map<string, OutlineEntry>) =>
    [...entries.values()].map((entry) => ({
      name: entry.name,
      ...(entry.isRequired ? { required: true } : {}),
      location: placeOf(entry.instruction),
    }));
  const result = {
    ...(name === "" ? {} : { name }),
    ...described(description),
    ...list(
      "args",
      [...args.values()].map((entry) => ({
        name: entry.name,
        ...described(entry.description),
        ...(entry.value === "" ? {} : { value: entry.value }),
        location: placeOf(entry.instruction),
      })),
    ),
    ...list("secrets", required(mounts.secret)),
    ...list("ssh", required(mounts.ssh)),
    sources: [sourceOf(loaded)],
  };
  return answer(result, outlineText({ name, description, args, ...mounts }));
}

function outlineText(outline: {
  name: string;
  description: string;
  args: Map<string, OutlineEntry>;
  secret: Map<string, OutlineEntry>;
  ssh: Map<string, OutlineEntry>;
}): string {
  const { name, description, args, secret, ssh } = outline;
  const head = [["TARGET:", name || "(default)"], ...(description === "" ? [] : [["DESCRIPTION:", description]])];
  const parts = name === "" && description === "" ? [] : [table(head, 1)];
  const argRows = [...args.values()].map((entry) => [entry.name, entry.value, entry.description]);
  if (argRows.length > 0) parts.push(table([["BUILD ARG", "VALUE", "DESCRIPTION"], ...argRows], 3));
  for (const [title, entries] of [
    ["SECRET", secret],
    ["SSH", ssh],
  ] as const) {
    const rows = [...entries.values()].map((entry) => [entry.name, entry.isRequired ? "true" : ""]);
    if (rows.length > 0) parts.push(table([[title, "REQUIRED"], ...rows], 3));
  }
  return parts.map((part) => `${part}\n`).join("");
}

function needed(dockerfile: Dockerfile, request: BuildJob["request"]): Stage[] {
  const globals = globalArguments(dockerfile, request);
  return neededStages(dockerfile, request.target, (name) => globals.valueOf(name));
}

/** "# name description" on the line above. */
function descriptionOf({ comments }: Pick<Instruction, "comments">, name: string): string {
  const last = comments.at(-1) ?? "";
  return name !== "" && last.startsWith(`${name} `) ? last.slice(name.length + 1).trim() : "";
}

const described = (description: string) => (description === "" ? {} : { description });

const list = (name: string, entries: readonly object[]) => (entries.length === 0 ? {} : { [name]: entries });

const placeOf = ({ line, endLine }: Pick<Instruction, "line" | "endLine">) => ({
  ranges: [{ start: { line }, end: { line: endLine } }],
});

const sourceOf = ({ content }: LoadedDockerfile): string => Buffer.from(content).toString("base64");

const answer = (result: object, text: string): SubrequestAnswer => ({
  metadata: { "result.json": JSON.stringify(result, null, 2), "result.txt": text, version: VERSION },
});

/** Pads columns to their longest entry. @param gap between columns */
function table(rows: readonly (readonly string[])[], gap: number): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  const line = (row: readonly string[]): string =>
    row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd((widths[index] ?? 0) + gap))).join("");
  return rows.map((row) => `${line(row)}\n`).join("");
}
