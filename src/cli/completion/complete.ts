// `berth __complete WORD…`: prints completion candidates for the shell scripts. Uses Cobra's protocol, so Docker's own
// scripts work with it: one candidate per line, its description after a tab, then a colon and the sum of the
// directives.
import { parseArguments } from "../flags/parse.ts";
import { type GlobalOptions, globalFlags, globalOptions } from "../globals.ts";
import { Output } from "../output/output.ts";
import { Session } from "../session.ts";
import { expectedAt } from "./expected.ts";
import type { Candidate, Expected } from "./line.ts";
import { liveNames } from "./live-names.ts";

const NO_SPACE = 2;
const NO_FILES = 4;
const ONLY_DIRECTORIES = 16;

/** The global options on the line select the engine to ask for names. */
function optionsOf(program: string, line: readonly string[]): GlobalOptions {
  try {
    return globalOptions(parseArguments(globalFlags(program), line.slice(0, -1), { stopAtPositional: true }));
  } catch {
    // The line is still incomplete: ask the default engine.
    return globalOptions(parseArguments(globalFlags(program), []));
  }
}

/** Filters candidates by prefix; offers "type=container" only after "type=" was typed. */
function narrowed(choices: readonly Candidate[], prefix: string): Candidate[] {
  const found = choices.filter(({ text }) => text.startsWith(prefix) && !(text === prefix && text.endsWith("=")));
  const stems = found.map(({ text }) => text).filter((text) => text.endsWith("="));
  return found.filter(({ text }) => !stems.some((stem) => text !== stem && text.startsWith(stem)));
}

async function candidatesFor(program: string, line: readonly string[], expected: Expected): Promise<Candidate[]> {
  switch (expected.kind) {
    case "choices":
      return narrowed(expected.choices, expected.prefix);
    case "names": {
      const { prefix, taken } = expected;
      const names = await liveNames(new Session(program, optionsOf(program, line)), expected.of);
      return names.filter(({ text }) => text.startsWith(prefix) && !taken.includes(text));
    }
    case "composeNames": {
      const { prefix, taken, suffix } = expected;
      const { composeNames } = await import("./compose.ts");
      const names = await composeNames(new Session(program, optionsOf(program, line)), expected);
      return names
        .filter((name) => name.startsWith(prefix) && !taken.includes(name))
        .map((name) => ({ text: `${name}${suffix}`, description: "" }));
    }
    default:
      return [];
  }
}

function directiveFor({ kind }: Expected, isPartial: boolean): number {
  if (kind === "files") return 0;
  if (kind === "directories") return ONLY_DIRECTORIES;
  return NO_FILES + (isPartial ? NO_SPACE : 0);
}

/** The exit code is always 0. */
export async function complete(program: string, line: readonly string[], described: boolean): Promise<number> {
  const expected = await expectedAt(program, line);
  const found = await candidatesFor(program, line, expected);
  const isPartial = found.length > 0 && found.every(({ text }) => /[=:]$/.test(text));
  const directive = directiveFor(expected, isPartial);
  const lines = found.map(({ text, description }) =>
    described && description !== "" ? `${text}\t${description}\n` : `${text}\n`,
  );
  await new Output(1).write(`${lines.join("")}:${directive}\n`);
  // A connection to a slow engine may still be open: exit without waiting for it.
  process.exit(0);
}
