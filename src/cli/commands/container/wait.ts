// `berth wait`: blocks until containers exit and prints their exit codes.
import { type WaitCondition, waitConditions } from "../../../api/waiting.ts";
import { atLeast, command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { type Flag, FlagValueError } from "../../flags/flag.ts";
import { failureText } from "../../report.ts";

const condition: Flag<WaitCondition> = {
  type: "string",
  description: `What to wait for (${waitConditions.join("|")})`,
  initial: "not-running",
  addition: true,
  complete: waitConditions,
  read(given) {
    const known = waitConditions.find((name) => name === given);
    if (!known) throw new FlagValueError(`invalid condition "${given}": want one of ${waitConditions.join(", ")}`);
    return known;
  },
};

export const wait = command({
  usage: "CONTAINER [CONTAINER...]",
  arity: atLeast(1),
  complete: ["runningContainers"],
  flags: { condition },
  async run({ session, args, flags }) {
    const berth = await session.berth();
    const failures: string[] = [];
    for (const container of args) {
      try {
        const { StatusCode, Error: problem } = await berth.containers.wait(container, flags.condition);
        if (problem) failures.push(problem.Message);
        else await session.stdout.line(String(StatusCode));
      } catch (thrown) {
        failures.push(failureText(thrown));
      }
    }
    if (failures.length > 0) throw new CommandError(failures.join("\n"));
  },
});
