// `berth image inspect`
import { atLeast, command } from "../../command.ts";
import { objectFormat, text } from "../../flags/kinds.ts";
import { inspectAll } from "../../inspection.ts";
import { platformQuery } from "../../platform.ts";

export const inspectImages = command({
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  arity: atLeast(1),
  complete: ["images"],
  flags: {
    format: objectFormat(),
    platform: text(
      `Inspect a specific platform of the multi-platform image.
If the image or the server is not multi-platform capable, the command will error out if the platform does not match.
'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)`,
      { since: "1.49" },
    ),
  },
  async run({ session, flags, args }) {
    const platform = platformQuery(flags.platform);
    await inspectAll(session, args, flags.format, async (name) => {
      const berth = await session.berth();
      return { kind: "image", json: await berth.images.inspectText(name, { platform }) };
    });
  },
});
