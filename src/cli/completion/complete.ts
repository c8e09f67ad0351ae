// `berth __complete WORD…`: what can stand under the cursor, for the scripts of the shells. It speaks the protocol of
// the library that Docker's command line is built on, so Docker's own scripts work with it: a candidate a line with
// its description after a tab, then a colon and the sum of the directives.
import { parseArguments } from "../flags/parse.ts";
import { type GlobalOptions, globalFlags, globalOptions } from "../globals.ts";
import { Output } from "../output/output.ts";
import { Session } from "../session.ts";
import { liveNames } from "./live-names.ts";
import { type Candidate, type Wanted, wantedAt } from "./wanted.ts";

const NO_SPACE = 2;
const NO_FILES = 4;
const ONLY_DIRECTORIES = 16;

/** The options in front of the command say which engine's names are wanted. */
function optionsOf(program: string, line: readonly string[]): GlobalOptions {
  try {
    return globalOptions(parseArguments(globalFlags(program), line.slice(0, -1), { stopAtPositional: true }));
  } catch {
    // A line that is still wrong: the names are those of the usual engine.
    return globalOptions(parseArguments(globalFlags(program), []));
  }
}

/** What begins like that; "type=container" only once "type=" is there. */
function narrowed(choices: readonly Candidate[], prefix: string): Candidate[] {
  const found = choices.filter(({ text }) => text.startsWith(prefix) && !(text === prefix && text.endsWith("=")));
  const stems = found.map(({ text }) => text).filter((text) => text.endsWith("="));
  return found.filter(({ text }) => !stems.some((stem) => text !== stem && text.startsWith(stem)));
}

async function candidatesFor(program: string, line: readonly string[], wanted: Wanted): Promise<Candidate[]> {
  switch (wanted.kind) {
    case "choices":
      return narrowed(wanted.choices, wanted.prefix);
    case "names": {
      const { prefix, taken } = wanted;
      const names = await liveNames(new Session(program, optionsOf(program, line)), wanted.of);
      return names.filter(({ text }) => text.startsWith(prefix) && !taken.includes(text));
    }
    default:
      return [];
  }
}

function directiveFor({ kind }: Wanted, goesOn: boolean): number {
  if (kind === "files") return 0;
  if (kind === "directories") return ONLY_DIRECTORIES;
  return NO_FILES + (goesOn ? NO_SPACE : 0);
}

/** The exit code is 0 whatever was found. */
export async function complete(program: string, line: readonly string[], described: boolean): Promise<number> {
  const wanted = await wantedAt(program, line);
  const found = await candidatesFor(program, line, wanted);
  const goesOn = found.length > 0 && found.every(({ text }) => /[=:]$/.test(text));
  const directive = directiveFor(wanted, goesOn);
  const lines = found.map(({ text, description }) =>
    described && description !== "" ? `${text}\t${description}\n` : `${text}\n`,
  );
  await new Output(1).write(`${lines.join("")}:${directive}\n`);
  // A connection may still be waiting for an engine that is too slow to be worth it.
  process.exit(0);
}
