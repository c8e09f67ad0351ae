// `berth save`: writes images to one archive, to load elsewhere.
import { atLeast, command } from "../../command.ts";
import { text } from "../../flags/kinds.ts";
import { writeArchive } from "../../output/archive.ts";
import { platformQuery } from "../../platform.ts";

export const save = command({
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  arity: atLeast(1),
  complete: ["images"],
  flags: {
    output: text("Write to a file, instead of STDOUT", { short: "o", complete: "files" }),
    platform: text('Save only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")', {
      since: "1.48",
    }),
  },
  examples: [["save debian:bookworm | gzip > debian.tar.gz", "Compressed on the way"]],
  async run({ session, flags, args }) {
    const platform = platformQuery(flags.platform, "invalid platform");
    const platforms = platform === undefined ? [] : [platform];
    const berth = await session.berth();
    await writeArchive(session, flags.output, "failed to save image", () =>
      berth.images.save([...args], { platforms }),
    );
  },
});
