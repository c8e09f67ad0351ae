// A list of command lines, run with `docker` and with `berth` on the same engine from the same state.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { CommandResult } from "../../support/command.ts";
import type { ClientName, TestDaemon } from "../../support/daemon.ts";

export interface Line {
  /** As typed behind the program's name; words in quotes may hold spaces. */
  line: string;
  /** What the program reads. */
  input?: string;
  /** Why the answers may differ, and what is compared in their place. */
  differs?: { because: string; compare(result: CommandResult): unknown };
}

/** What the lines run against. */
export interface Surroundings {
  daemon: TestDaemon;
  /** The value of `{name}` in a command line, in addition to `{scratch}` and `{mine}`. */
  placeholders: Placeholders;
}

export interface Scenario {
  name: string;
  /** The lines change nothing: both clients run them on the very same things. */
  readsOnly?: boolean;
  /** Makes what the lines are about. */
  prepare?(surroundings: Surroundings): Promise<void>;
  lines: readonly (string | Line)[];
}

/** Splits at spaces outside quotes. */
export function words(line: string): string[] {
  return [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ""),
  );
}

export const lineOf = (line: string | Line): Line => (typeof line === "string" ? { line } : line);

async function listed(daemon: TestDaemon, path: string): Promise<Record<string, unknown>[]> {
  const answer = await daemon.call("GET", path);
  return Array.isArray(answer) ? answer : [];
}

/** An image is removed after those built from it, which may be in any order. */
async function removeImages(daemon: TestDaemon): Promise<void> {
  let left = await listed(daemon, "/images/json?all=1");
  for (let before = left.length + 1; left.length > 0 && left.length < before; ) {
    before = left.length;
    for (const { Id } of left) await daemon.request("DELETE", `/images/${Id}?force=1`);
    left = await listed(daemon, "/images/json?all=1");
  }
}

/** Takes everything away that a scenario can have made. */
async function reset(daemon: TestDaemon): Promise<void> {
  for (const { Id } of await listed(daemon, "/containers/json?all=1")) {
    await daemon.request("DELETE", `/containers/${Id}?force=1&v=1`);
  }
  for (const { Id } of await listed(daemon, "/networks?filters=%7B%22type%22:%7B%22custom%22:true%7D%7D")) {
    await daemon.request("DELETE", `/networks/${Id}`);
  }
  await daemon.request("POST", `/volumes/prune?filters=${encodeURIComponent('{"all":{"true":true}}')}`);
  await removeImages(daemon);
  await daemon.request("POST", "/build/prune?all=1");
  const client = daemon.clientEnvironment.DOCKER_CONFIG ?? "";
  rmSync(client, { recursive: true, force: true });
  const scratch = join(daemon.directory, "scratch");
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch);
}

export interface Result extends CommandResult {
  /** The files the lines have written so far. */
  files: string[];
}

/** Placeholders in a command line: `{scratch}` is a directory for its files, `{mine}` a name per client. */
export type Placeholders = Readonly<Record<string, string>>;

async function runLines(
  { daemon, placeholders }: Surroundings,
  client: ClientName,
  scenario: Scenario,
): Promise<Result[]> {
  const scratch = join(daemon.directory, "scratch");
  const known: Placeholders = { ...placeholders, scratch, mine: client === "docker" ? "mine-d" : "mine-b" };
  const results: Result[] = [];
  for (const { line, input } of scenario.lines.map(lineOf)) {
    const argv = words(line.replace(/\{(\w+)\}/g, (whole, name: string) => known[name] ?? whole));
    const result = await daemon.client(client, argv, { cwd: scratch, ...(input === undefined ? {} : { input }) });
    // Each engine has its own directory.
    const shown = (output: string): string => output.replaceAll(scratch, "{scratch}");
    results.push({
      ...result,
      stdout: shown(result.stdout),
      stderr: shown(result.stderr),
      files: readdirSync(scratch).sort(),
    });
  }
  return results;
}

export type Results = Record<ClientName, Result[]>;

async function begin(surroundings: Surroundings, scenario: Scenario): Promise<void> {
  await reset(surroundings.daemon);
  await scenario.prepare?.(surroundings);
}

/** What each line printed, by client. */
export async function runScenario(surroundings: Surroundings, scenario: Scenario): Promise<Results> {
  await begin(surroundings, scenario);
  const docker = await runLines(surroundings, "docker", scenario);
  if (!scenario.readsOnly) await begin(surroundings, scenario);
  return { docker, berth: await runLines(surroundings, "berth", scenario) };
}

/** The output of each command line by client, each client with its own engine. */
export async function runOnBoth(engines: Record<ClientName, Surroundings>, scenario: Scenario): Promise<Results> {
  const on = async (client: ClientName): Promise<Result[]> => {
    await begin(engines[client], scenario);
    return runLines(engines[client], client, scenario);
  };
  return { docker: await on("docker"), berth: await on("berth") };
}
