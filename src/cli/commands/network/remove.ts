// `berth network rm`
import { ApiError } from "../../../client/errors.ts";
import { atLeast, command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { toggle } from "../../flags/kinds.ts";
import { failureText } from "../../report.ts";

export const remove = command({
  usage: "NETWORK [NETWORK...]",
  arity: atLeast(1),
  complete: ["networks"],
  flags: { force: toggle("Do not error if the network does not exist", { short: "f" }) },
  async run({ session, flags, args }) {
    const berth = await session.berth();
    let failed = false;
    for (const network of args) {
      try {
        await berth.networks.remove(network);
        await session.stdout.line(network);
      } catch (thrown) {
        if (flags.force && thrown instanceof ApiError && thrown.status === 404) continue;
        await session.stderr.line(failureText(thrown));
        failed = true;
      }
    }
    if (failed) throw new CommandError("exit status 1");
  },
});
