// Completion behind `compose`: its options and commands, and the services and profiles of the project's files.
import { allServices } from "../../compose/model/project.ts";
import { composeFlags, composeOptions } from "../commands/compose/globals.ts";
import { ComposeSession } from "../commands/compose/session.ts";
import { composeRows } from "../commands/compose/table.ts";
import { parseArguments } from "../flags/parse.ts";
import type { Session } from "../session.ts";
import { commandNames, type Expected, inFlags, NOTHING, scan } from "./line.ts";

/** Whether the usage has a service at this index: "[OPTIONS] SERVICE [COMMAND] [ARGS...]", "[SERVICE=REPLICAS...]". */
function serviceAt(usage: string, index: number): { suffix: string } | undefined {
  const words = usage.split(" ").filter((word) => word !== "[OPTIONS]");
  const last = words.at(-1) ?? "";
  const word = words[index] ?? (last.includes("...") ? last : "");
  const found = /^\[?SERVICES?(=REPLICAS)?(?:\.\.\.)?\]?$/.exec(word);
  return found ? { suffix: found[1] === undefined ? "" : "=" } : undefined;
}

/** `words` are those behind `compose`, without the one at the cursor. */
export async function expectedInCompose(words: readonly string[], current: string): Promise<Expected> {
  const before = scan(composeFlags, words, true);
  const [name, ...more] = before.positionals;
  const options = words.slice(0, before.read - (name === undefined ? 0 : 1));
  if (name === undefined) {
    const previous = words.at(-1) ?? "";
    if (before.pending && previous === "--profile") return names("profiles", current, options.slice(0, -1));
    if (current.startsWith("--profile=")) return names("profiles", current.slice("--profile=".length), options);
    return inFlags(composeFlags, before, current) ?? commandNames(composeRows, current);
  }
  const row = composeRows.find((candidate) => candidate.name === name || candidate.aliases?.includes(name));
  if (!row) return NOTHING;
  const { flags, usage, stopAtPositional = false } = await row.load();
  const found = scan(flags, [...more, ...words.slice(before.read)], stopAtPositional);
  const inFlag = inFlags(flags, found, current);
  if (inFlag) return inFlag;
  const service = serviceAt(typeof usage === "string" ? usage : usage[0], found.positionals.length);
  return service ? { ...names("services", current, options), taken: found.positionals, ...service } : NOTHING;
}

function names(of: "services" | "profiles", prefix: string, options: readonly string[]) {
  return { kind: "composeNames" as const, of, prefix, options, taken: [], suffix: "" };
}

/** Returns an empty list when the files are missing or wrong. Nothing asks the engine. */
export async function composeNames(
  session: Session,
  { of, options }: { of: "services" | "profiles"; options: readonly string[] },
): Promise<string[]> {
  try {
    const { values, given } = parseArguments(composeFlags, options, { stopAtPositional: true });
    const compose = new ComposeSession(session, composeOptions(values, given));
    const opened = { resolvesEnvironment: false, checksConsistency: false, profiles: ["*"] };
    const services = allServices(await compose.opener(opened).project());
    if (of === "services") return [...services.keys()];
    return [...new Set([...services.values()].flatMap(({ profiles = [] }) => profiles))].sort();
  } catch {
    return [];
  }
}
