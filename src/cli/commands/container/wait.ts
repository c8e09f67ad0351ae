// `berth wait`: blocks until containers have ended and prints their exit codes.
import { atLeast, command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { failureText } from "../../report.ts";

export const wait = command({
  usage: "CONTAINER [CONTAINER...]",
  arity: atLeast(1),
  complete: ["runningContainers"],
  flags: {},
  async run({ session, args }) {
    const berth = await session.berth();
    const failures: string[] = [];
    for (const container of args) {
      try {
        const { StatusCode, Error: problem } = await berth.containers.wait(container);
        if (problem) failures.push(problem.Message);
        else await session.stdout.line(String(StatusCode));
      } catch (thrown) {
        failures.push(failureText(thrown));
      }
    }
    if (failures.length > 0) throw new CommandError(failures.join("\n"));
  },
});
