// `berth rm`: removes containers; running ones only with --force.
import { atLeast, command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { toggle } from "../../flags/kinds.ts";
import { failureText } from "../../report.ts";
import { inParallel } from "../../targets.ts";

export const remove = command({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: atLeast(1),
  complete: ["stoppedContainers"],
  flags: {
    force: toggle("Force the removal of a running container (uses SIGKILL)", { short: "f" }),
    link: toggle("Remove the specified link", { short: "l" }),
    volumes: toggle("Remove anonymous volumes associated with the container", { short: "v" }),
  },
  examples: [["rm -f $(berth ps -aq)", "Every container there is"]],
  async run({ session, flags, args }) {
    const berth = await session.berth();
    const failures: unknown[] = [];
    const results = inParallel(args, (typed) => {
      const container = typed.replace(/^\/+|\/+$/g, "");
      if (container === "") throw new CommandError("container name cannot be empty");
      return berth.containers.remove(container, flags);
    });
    for await (const { target, failure } of results) {
      if (failure === undefined) await session.stdout.line(target);
      else failures.push(failure);
    }
    if (failures.length === 0) return 0;
    const onlyMissing = failures.every((failure) => failureText(failure).includes("No such container"));
    throw new CommandError(failures.map(failureText).join("\n"), flags.force && onlyMissing ? 0 : 1);
  },
});
