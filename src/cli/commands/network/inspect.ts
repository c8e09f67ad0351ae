// `berth network inspect`
import { atLeast, command } from "../../command.ts";
import { objectFormat, toggle } from "../../flags/kinds.ts";
import { inspectAll } from "../../inspection.ts";

export const inspectNetworks = command({
  usage: "[OPTIONS] NETWORK [NETWORK...]",
  arity: atLeast(1),
  complete: ["networks"],
  flags: { format: objectFormat(), verbose: toggle("Verbose output for diagnostics", { short: "v" }) },
  async run({ session, flags, args }) {
    const { verbose } = flags;
    await inspectAll(session, args, flags.format, async (name) => {
      const berth = await session.berth();
      return { kind: "network", json: await berth.networks.inspectText(name, { verbose }) };
    });
  },
});
