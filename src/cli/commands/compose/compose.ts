// `compose`: parses its own options, finds the subcommand and runs it.
import { VERSION } from "../../../api/product.ts";
import { type Command, command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { FlagError, parseArguments } from "../../flags/parse.ts";
import { commandHelp, flagLines, usageLine } from "../../help.ts";
import { BrokenPipeError } from "../../output/output.ts";
import { failureText } from "../../report.ts";
import type { Session } from "../../session.ts";
import { closest } from "../../suggest.ts";
import type { CommandRow } from "../row.ts";
import type { ComposeCommand } from "./command.ts";
import { composeFlags, composeOptions } from "./globals.ts";
import { ComposeSession } from "./session.ts";
import { type ComposeRow, composeRows, refusals } from "./table.ts";

const USAGE_EXIT_CODE = 125;
const UNKNOWN_EXIT_CODE = 1;

function overview(program: string): string {
  const rows = [...composeRows].sort((a, b) => (a.name < b.name ? -1 : 1));
  const commands = rows.map(({ name, summary }) => `  ${name.padEnd(11)} ${summary}`).join("\n");
  return `Usage:  ${program} compose [OPTIONS] COMMAND

Define and run multi-container applications with ${program === "docker" ? "Docker" : "Berth"}

Options:
${flagLines(composeFlags)}
Commands:
${commands}

Run '${program} compose COMMAND --help' for more information on a command.
`;
}

/** The row in the form that help and usage need. */
function helpRow({ name, aliases = [], summary }: ComposeRow): CommandRow {
  return {
    path: `compose ${name}`,
    aliases: aliases.map((alias) => `compose ${alias}`),
    summary,
    load: () => Promise.reject(new Error("a row for help only")),
  };
}

/** The command's declaration without its implementation. */
function helpCommand(found: ComposeCommand): Command {
  return { ...found, run: () => Promise.resolve() };
}

async function runRow(compose: ComposeSession, row: ComposeRow, words: readonly string[]): Promise<number> {
  const { program, stdout } = compose.session;
  const found = await row.load();
  const [shown, path] = [helpCommand(found), `compose ${row.name}`];
  const parsed = (() => {
    try {
      return parseArguments(found.flags, words, { stopAtPositional: found.stopAtPositional });
    } catch (thrown) {
      if (!(thrown instanceof FlagError)) throw thrown;
      const usage = usageLine(program, path, helpRow(row), shown);
      const message = `${thrown.message}\n\n${usage}\n\nRun '${program} ${path} --help' for more information`;
      throw new CommandError(message, USAGE_EXIT_CODE);
    }
  })();
  if (parsed.help) {
    await stdout.write(commandHelp(program, path, helpRow(row), shown));
    return 0;
  }
  const requirement = found.arity(parsed.positionals.length);
  if (requirement !== undefined) {
    throw new CommandError(
      `${program}: '${program} ${path}' ${requirement}\n\n${usageLine(program, path, helpRow(row), shown)}\n\nSee '${program} ${path} --help' for more information`,
    );
  }
  const { values: flags, given, positionals: args } = parsed;
  return (await found.run({ compose, flags, given, args })) ?? 0;
}

function refuse(program: string, name: string): never {
  const reason = refusals[name];
  if (reason !== undefined) {
    throw new CommandError(`'compose ${name}' is not part of Berth: ${reason}.`, UNKNOWN_EXIT_CODE);
  }
  const names = composeRows.map((row) => row.name);
  const suggestion = closest(name, names);
  const hint = suggestion === undefined ? "" : `\n\nDid you mean '${program} compose ${suggestion}'?`;
  throw new CommandError(
    `unknown docker command: ${JSON.stringify(`compose ${name}`)}\n\nUsage:  ${program} compose [OPTIONS] COMMAND\n\nRun '${program} compose --help' for more information${hint}`,
    UNKNOWN_EXIT_CODE,
  );
}

/** Runs the arguments after the options of `compose`. */
export async function runCompose(compose: ComposeSession, words: readonly string[]): Promise<number> {
  const { program, stdout, stderr } = compose.session;
  const [name, ...rest] = words;
  if (name === undefined) {
    await stderr.write(overview(program));
    return 0;
  }
  if (name === "help") {
    const [wanted] = rest;
    const row = composeRows.find((candidate) => candidate.name === wanted);
    if (row) return runRow(compose, row, ["--help"]);
    await stdout.write(overview(program));
    return 0;
  }
  const row = composeRows.find((candidate) => candidate.name === name || candidate.aliases?.includes(name));
  return row ? runRow(compose, row, rest) : refuse(program, name);
}

async function openSession(
  session: Session,
  values: Parameters<typeof composeOptions>[0],
  given: ReadonlySet<string>,
): Promise<ComposeSession> {
  try {
    return new ComposeSession(session, composeOptions(values, given));
  } catch (thrown) {
    throw thrown instanceof Error ? new CommandError(thrown.message) : thrown;
  }
}

/** The failure as the last line of `--progress json`. */
function asJson(thrown: unknown): unknown {
  const message = failureText(thrown);
  if (message === "" || thrown instanceof BrokenPipeError) return thrown;
  const exitCode = thrown instanceof CommandError ? thrown.exitCode : 1;
  return new CommandError(JSON.stringify({ error: true, message }), exitCode);
}

export const compose = command({
  usage: "[OPTIONS] COMMAND",
  description: "Define and run multi-container applications.",
  help: overview,
  arity: () => undefined,
  flags: composeFlags,
  stopAtPositional: true,
  async run({ session, flags, given, args }) {
    if (flags.version) {
      await session.stdout.line(`Docker Compose version ${VERSION}`);
      return 0;
    }
    const compose = await openSession(session, flags, given);
    try {
      return await runCompose(compose, args);
    } catch (thrown) {
      throw compose.options.progress === "json" ? asJson(thrown) : thrown;
    }
  },
});
