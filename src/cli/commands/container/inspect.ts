// `berth container inspect`
import { atLeast, command } from "../../command.ts";
import { objectFormat, toggle } from "../../flags/kinds.ts";
import { inspectAll } from "../../inspection.ts";

export const inspectContainers = command({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: atLeast(1),
  complete: ["containers"],
  flags: { format: objectFormat(), size: toggle("Display total file sizes", { short: "s" }) },
  async run({ session, flags, args }) {
    const { size } = flags;
    await inspectAll(session, args, flags.format, async (name) => {
      const berth = await session.berth();
      return { kind: "container", json: await berth.containers.inspectText(name, { size }) };
    });
  },
});
