// The client's entry point: parses the arguments, finds and runs the command, reports errors and returns the exit code.
import { VERSION } from "../api/product.ts";
import type { Command } from "./command.ts";
import { type Lookup, lookUp } from "./commands/lookup.ts";
import type { CommandRow } from "./commands/row.ts";
import { CommandError } from "./failure.ts";
import { isForSomeEngines } from "./flags/flag.ts";
import { FlagError, parseArguments } from "./flags/parse.ts";
import { globalFlags, globalOptions } from "./globals.ts";
import { BROKEN_PIPE_EXIT_CODE, BrokenPipeError, Output } from "./output/output.ts";
import { Session } from "./session.ts";
import { endOnSignals } from "./terminal/ending.ts";

const USAGE_EXIT_CODE = 125;

/** "berth", or "docker" when installed under that name. */
function programName(): string {
  const name = process.argv0.slice(process.argv0.lastIndexOf("/") + 1);
  return name === "" || name.startsWith("bun") ? "berth" : name;
}

/** A flag error in `shown`, with usage and a pointer to the help. */
async function flagMistake(error: FlagError, usage: string, shown: string, names: readonly string[]): Promise<never> {
  let message = `${error.message}\n\n${usage}\n\nRun '${shown} --help' for more information`;
  if (error.unknownFlag !== undefined) {
    const { closest } = await import("./suggest.ts");
    const suggestion = closest(error.unknownFlag, names);
    if (suggestion !== undefined) message += `\n\nDid you mean --${suggestion}?`;
  }
  throw new CommandError(message, USAGE_EXIT_CODE);
}

async function refuseUnknown(program: string, lookup: Extract<Lookup, { kind: "unknown" }>): Promise<never> {
  const { path, group, suggestion } = lookup;
  const { absence } = await import("./commands/absent.ts");
  const reason = group ? undefined : absence(path);
  const parent = group ? `${program} ${group.name}` : program;
  const lines = [`${program}: unknown command: ${program} ${path}`];
  if (reason) lines.push(reason);
  if (group) lines.push(`Usage:  ${parent}${group.usage ?? ""}`);
  lines.push(`Run '${parent} --help' for more information`);
  if (suggestion && !reason) lines.push(`Did you mean '${parent} ${suggestion}'?`);
  throw new CommandError(lines.join("\n\n"));
}

async function runCommand(session: Session, row: CommandRow, path: string, rest: readonly string[]): Promise<number> {
  const { program } = session;
  // Start reading while the command's code loads: nearly every command needs it.
  void session.configuration();
  if (row.dialsAhead && !rest.includes("--help")) await session.dialAhead();
  const command: Command = await row.load();
  const parsed = await (async () => {
    try {
      return parseArguments(command.flags, rest, { stopAtPositional: command.stopAtPositional });
    } catch (thrown) {
      if (!(thrown instanceof FlagError)) throw thrown;
      const { usageLine } = await import("./help.ts");
      const names = Object.keys(command.flags);
      return flagMistake(thrown, usageLine(program, path, row, command), `${program} ${path}`, names);
    }
  })();
  for (const notice of parsed.notices) await session.stdout.line(notice);
  if (parsed.help) {
    const { commandHelp } = await import("./help.ts");
    await session.stdout.write(commandHelp(program, path, row, command));
    return 0;
  }
  const requirement = command.arity(parsed.positionals.length);
  if (requirement !== undefined) {
    const { usageLine } = await import("./help.ts");
    const verb = requirement.startsWith("requires at least") && !requirement.includes(" and ") ? "See" : "Run";
    throw new CommandError(
      `${program}: '${program} ${path}' ${requirement}\n\n${usageLine(program, path, row, command)}\n\n${verb} '${program} ${path} --help' for more information`,
    );
  }
  const { values, given, positionals } = parsed;
  const forSomeEngines = Object.entries(command.flags).some(
    ([name, flag]) => given.has(name) && isForSomeEngines(flag),
  );
  if (command.since || forSomeEngines) {
    const { refuseUnsupported } = await import("./support.ts");
    await refuseUnsupported(session, command, path, given);
  }
  return (await command.run({ session, path, flags: values, given, args: positionals })) ?? 0;
}

/** @param defaultHost the default engine; Berth's own when undefined */
async function runLine(program: string, argumentList: readonly string[], defaultHost?: string): Promise<number> {
  const flags = globalFlags(program);
  const stdout = new Output(1);
  const parsed = await (async () => {
    try {
      return parseArguments(flags, argumentList, { stopAtPositional: true });
    } catch (thrown) {
      if (!(thrown instanceof FlagError)) throw thrown;
      return flagMistake(thrown, `Usage:  ${program} [OPTIONS] COMMAND [ARG...]`, program, Object.keys(flags));
    }
  })();
  const { values, positionals } = parsed;
  const [first] = positionals;
  if (values.version) {
    const name = `${program.charAt(0).toUpperCase()}${program.slice(1)}`;
    await stdout.line(`${name} version ${VERSION}`);
    return 0;
  }
  if (parsed.help || first === "help") {
    const { showHelp } = await import("./help-command.ts");
    return showHelp(program, first === "help" ? positionals.slice(1) : remaining(argumentList), first === "help");
  }
  if (first === undefined) {
    const { topLevelHelp } = await import("./help-command.ts");
    await new Output(2).write(topLevelHelp(program));
    return 0;
  }
  if (!["debug", "info", "warn", "error", "fatal", "panic", "trace"].includes(values["log-level"])) {
    throw new CommandError(`Unable to parse logging level: ${values["log-level"]}`);
  }
  const session = new Session(program, { ...globalOptions(parsed), defaultHost });
  const lookup = lookUp(positionals);
  switch (lookup.kind) {
    case "command":
      return runCommand(session, lookup.row, lookup.path, lookup.rest);
    case "group": {
      const { showGroup } = await import("./help-command.ts");
      return showGroup(program, lookup.group, lookup.rest);
    }
    case "unknown": {
      const plugin = lookup.group ? undefined : await pluginFor(session, lookup.path);
      return plugin ? plugin(argumentList) : refuseUnknown(program, lookup);
    }
  }
}

/** Returns a runner for the plugin of that name, if there is one. */
async function pluginFor(
  session: Session,
  name: string,
): Promise<((line: readonly string[]) => Promise<number>) | undefined> {
  const { findPlugin, runPlugin } = await import("./plugins.ts");
  const program = await findPlugin(session, name);
  return program === undefined ? undefined : (line) => runPlugin(session, program, line);
}

/** The words after `--help` when it precedes the command. */
function remaining(argumentList: readonly string[]): string[] {
  return argumentList.filter((word) => !word.startsWith("-"));
}

/** Runs as Docker's Compose plugin. */
async function runPlugin(argumentList: readonly string[]): Promise<number> {
  const { composeLine, DOCKER_DEFAULT_HOST, followPluginSocket, pluginMetadata } = await import("./compose-plugin.ts");
  const metadata = pluginMetadata(argumentList);
  if (metadata === undefined) {
    followPluginSocket();
    return runLine("docker", composeLine(argumentList), DOCKER_DEFAULT_HOST);
  }
  await new Output(1).line(metadata);
  return 0;
}

/** Runs one command line and returns its exit code. */
export async function runClient(argumentList: readonly string[]): Promise<number> {
  const program = programName();
  endOnSignals();
  const [first, ...rest] = argumentList;
  try {
    if (first === "__complete" || first === "__completeNoDesc") {
      const { complete } = await import("./completion/complete.ts");
      const { composeLine } = await import("./compose-plugin.ts");
      const line = program === "docker-compose" ? composeLine(rest) : rest;
      return await complete(program, line, first === "__complete");
    }
    if (program === "docker-compose") return await runPlugin(argumentList);
    return await runLine(program, argumentList);
  } catch (thrown) {
    if (thrown instanceof BrokenPipeError) return BROKEN_PIPE_EXIT_CODE;
    const { reportFailure } = await import("./report.ts");
    return reportFailure(program, thrown);
  }
}
