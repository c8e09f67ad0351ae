// Rejects commands and flags that the engine does not support before sending anything.
import { isOlderVersion } from "../client/connection.ts";
import type { Berth } from "../client/index.ts";
import type { Command } from "./command.ts";
import { CommandError } from "./failure.ts";
import type { Session } from "./session.ts";

/** @throws CommandError in Docker's words */
export async function refuseUnsupported(
  session: Session,
  command: Command,
  path: string,
  given: ReadonlySet<string>,
): Promise<void> {
  const berth = await session.berth();
  const { connection } = berth;
  const { osType } = await connection.ping();
  const engine = connection.apiVersion;
  const needs = (what: string, since: string) =>
    new CommandError(`${what} requires API version ${since}, but the Docker daemon API version is ${engine}`);
  if (command.since && isOlderVersion(engine, command.since)) throw needs(`${session.program} ${path}`, command.since);
  for (const name of given) {
    const { since, os, addition } = command.flags[name] ?? {};
    if (since && isOlderVersion(engine, since)) throw needs(`"--${name}"`, since);
    if (os && os !== osType) {
      throw new CommandError(
        `"--${name}" is only supported on a Docker daemon running on ${os}, but the Docker daemon is running on ${osType}`,
      );
    }
    if (addition && !(await isBerth(berth))) {
      throw new CommandError(`"--${name}" needs a Berth engine: the one at ${connection.host} would pass over it`);
    }
  }
}

async function isBerth(berth: Berth): Promise<boolean> {
  const { Platform } = await berth.system.version();
  return Platform?.Name === "Berth";
}
