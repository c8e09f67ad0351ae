// Commands that run the `container` command of the same name on a service's container.
import { type ObservedContainer, observeContainers } from "../../../compose/project/observed.ts";
import type { Command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { parseArguments } from "../../flags/parse.ts";
import type { ComposeSession } from "./session.ts";

/** Runs another command with these arguments. */
export async function delegate(compose: ComposeSession, command: Command, words: readonly string[]): Promise<number> {
  const { stopAtPositional } = command;
  const { values, given, positionals } = parseArguments(command.flags, words, { stopAtPositional });
  const { session } = compose;
  return (await command.run({ session, path: "", flags: values, given, args: positionals })) ?? 0;
}

export interface ContainerChoice {
  /** The container's number; undefined or 0 is the first. */
  index?: number | undefined;
  /** Includes stopped containers. */
  stopped?: boolean;
  oneOffs?: boolean;
}

/** The containers of a service, one-off containers last. */
export async function serviceContainers(
  compose: ComposeSession,
  service: string,
  { stopped = false, oneOffs = false }: Omit<ContainerChoice, "index">,
): Promise<ObservedContainer[]> {
  const project = await compose.existingProject();
  const engine = await compose.engine();
  const containers = await observeContainers(engine, project.name, { all: stopped, oneOffs });
  const own = containers.filter((container) => container.service === service);
  return own.sort((a, b) => Number(a.isOneOff) - Number(b.isOneOff));
}

/** @throws CommandError in Compose's words when there is no such container */
export async function serviceContainer(
  compose: ComposeSession,
  service: string,
  { index = 0, ...choice }: ContainerChoice = {},
): Promise<ObservedContainer> {
  const own = await serviceContainers(compose, service, choice);
  const found = index === 0 ? own[0] : own.find(({ number, isOneOff }) => number === index && !isOneOff);
  if (found) return found;
  const which = index === 0 ? "" : ` container #${index}`;
  throw new CommandError(`service "${service}" is not running${which}`);
}
