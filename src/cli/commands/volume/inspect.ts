// `berth volume inspect`
import { atLeast, command } from "../../command.ts";
import { objectFormat } from "../../flags/kinds.ts";
import { inspectAll } from "../../inspection.ts";

export const inspectVolumes = command({
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  arity: atLeast(1),
  complete: ["volumes"],
  flags: { format: objectFormat() },
  async run({ session, flags, args }) {
    await inspectAll(session, args, flags.format, async (name) => {
      const berth = await session.berth();
      return { kind: "volume", json: await berth.volumes.inspectText(name) };
    });
  },
});
