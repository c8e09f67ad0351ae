// `berth volume rm`
import { atLeast, command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { toggle } from "../../flags/kinds.ts";
import { failureText } from "../../report.ts";

export const remove = command({
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  description: "Remove one or more volumes. You cannot remove a volume that is in use by a container.",
  arity: atLeast(1),
  complete: ["volumes"],
  flags: { force: toggle("Force the removal of one or more volumes", { short: "f" }) },
  async run({ session, flags, args }) {
    const berth = await session.berth();
    const failures: string[] = [];
    for (const volume of args) {
      try {
        await berth.volumes.remove(volume, flags);
        await session.stdout.line(volume);
      } catch (thrown) {
        failures.push(failureText(thrown));
      }
    }
    if (failures.length > 0) throw new CommandError(failures.join("\n"));
  },
});
