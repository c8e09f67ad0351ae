// `--call outline`: the arguments, secrets and SSH agents that a target uses.
// Source: moby/buildkit, frontend/dockerfile/dockerfile2llb/outline.go and frontend/subrequests/outline.
import type { Dockerfile, Stage } from "../../../dockerfile/dockerfile.ts";
import type { ArgInstruction, Instruction } from "../../../dockerfile/instruction.ts";
import { variablesIn } from "../../../dockerfile/lint/subject.ts";
import { expand } from "../../../dockerfile/variables.ts";
import type { SubrequestAnswer } from "../solve-request.ts";
import { mountFields, readMount } from "../steps/run-mounts.ts";
import type { GlobalArguments } from "../translation/arguments.ts";
import { placeOf } from "./checks.ts";
import { answer, described, descriptionOf, list, table } from "./description.ts";

interface Entry {
  name: string;
  description: string;
  value: string;
  isRequired: boolean;
  instruction: Instruction;
}

/** @param stages those that the target needs; the last one is the target */
export function describeOutline(
  dockerfile: Dockerfile,
  stages: readonly Stage[],
  globals: GlobalArguments,
  content: string,
): SubrequestAnswer {
  const target = stages.at(-1);
  const [name, description] = [target?.name ?? "", target ? descriptionOf(target.from, target.name) : ""];
  const { args, mounts } = usesOf(dockerfile, stages, globals);
  const secrets = mountsOf("secret", mounts);
  const ssh = mountsOf("ssh", mounts);
  const place = ({ instruction: { line, endLine } }: Entry) => placeOf(line, endLine);
  const required = (entries: readonly Entry[]) =>
    entries.map((entry) => ({
      name: entry.name,
      ...(entry.isRequired ? { required: true } : {}),
      location: place(entry),
    }));
  const result = {
    ...(name === "" ? {} : { name }),
    ...described(description),
    ...list(
      "args",
      args.map((entry) => ({
        name: entry.name,
        ...described(entry.description),
        ...(entry.value === "" ? {} : { value: entry.value }),
        location: place(entry),
      })),
    ),
    ...list("secrets", required(secrets)),
    ...list("ssh", required(ssh)),
    sources: [Buffer.from(content).toString("base64")],
  };
  return answer(result, textOf({ name, description, args, secrets, ssh }));
}

function textOf(outline: {
  name: string;
  description: string;
  args: readonly Entry[];
  secrets: readonly Entry[];
  ssh: readonly Entry[];
}): string {
  const { name, description, args, secrets, ssh } = outline;
  const head = [["TARGET:", name || "(default)"], ...(description === "" ? [] : [["DESCRIPTION:", description]])];
  const parts = name === "" && description === "" ? [] : [table(head, 1)];
  const argRows = args.map((entry) => [entry.name, entry.value, entry.description]);
  if (argRows.length > 0) parts.push(table([["BUILD ARG", "VALUE", "DESCRIPTION"], ...argRows], 3));
  for (const [title, entries] of [
    ["SECRET", secrets],
    ["SSH", ssh],
  ] as const) {
    const rows = entries.map((entry) => [entry.name, entry.isRequired ? "true" : ""]);
    if (rows.length > 0) parts.push(table([[title, "REQUIRED"], ...rows], 3));
  }
  return parts.map((part) => `${part}\n`).join("");
}

interface Mount {
  /** With variables expanded. */
  text: string;
  instruction: Instruction;
}

/** In the order of their lines. Arguments before the first stage count where a stage uses them. */
function usesOf(
  dockerfile: Dockerfile,
  stages: readonly Stage[],
  globals: GlobalArguments,
): { args: Entry[]; mounts: Mount[] } {
  const found = new Map<string, Entry>();
  const mounts: Mount[] = [];
  const add = (instruction: Instruction<ArgInstruction>, name: string, value: string): void => {
    if (found.has(name)) return;
    const description = descriptionOf(instruction, name);
    found.set(name, { name, description, value, isRequired: false, instruction });
  };
  const addGlobal = (name: string): void => {
    const instruction = dockerfile.globals.find((each) => each.arguments.some((other) => other.name === name));
    if (instruction === undefined || found.has(name)) return;
    add(instruction, name, globals.valueOf(name) ?? "");
    const declared = instruction.arguments.find((each) => each.name === name);
    for (const dependency of variablesIn(declared?.value ?? "")) addGlobal(dependency);
  };
  for (const stage of [...stages].reverse()) {
    for (const name of variablesIn(stage.from.base)) addGlobal(name);
    const values = new Map<string, string>();
    const lookup = (name: string): string | undefined => values.get(name);
    for (const instruction of stage.instructions) {
      if (instruction.name === "env") {
        for (const [name, value] of instruction.pairs) values.set(name, shown(value, lookup, dockerfile));
      }
      if (instruction.name === "run") {
        for (const text of instruction.mounts) mounts.push({ text: shown(text, lookup, dockerfile), instruction });
      }
      if (instruction.name !== "arg") continue;
      for (const { name, value } of instruction.arguments) {
        const given = globals.givenValue(name);
        const inherited = given === undefined && value === undefined ? globals.valueOf(name) : undefined;
        const own = given ?? (value === undefined ? undefined : shown(value, lookup, dockerfile));
        if (inherited === undefined) add(instruction, name, own ?? "");
        else addGlobal(name);
        values.set(name, inherited ?? own ?? "");
      }
    }
  }
  return { args: [...found.values()].sort(byLine), mounts: mounts.sort(byLine) };
}

const byLine = (one: Pick<Entry, "instruction">, other: Pick<Entry, "instruction">): number =>
  one.instruction.line - other.instruction.line;

function shown(text: string, lookup: (name: string) => string | undefined, { token }: Dockerfile): string {
  try {
    return expand(text, lookup, token).text;
  } catch {
    // The build reports the error.
    return text;
  }
}

function mountsOf(type: "secret" | "ssh", mounts: readonly Mount[]): Entry[] {
  const found = new Map<string, Entry>();
  for (const { text, instruction } of mounts) {
    if (mountFields(text).get("type") !== type) continue;
    const { id, isRequired } = readMount(text);
    if (!found.has(id)) found.set(id, { name: id, description: "", value: "", isRequired, instruction });
  }
  return [...found.values()];
}
