// `berth export`: writes a container's filesystem as a tar archive.
import { command, exactly } from "../../command.ts";
import { text } from "../../flags/kinds.ts";
import { writeArchive } from "../../output/archive.ts";

export const exportContainer = command({
  usage: "[OPTIONS] CONTAINER",
  arity: exactly(1),
  complete: ["containers"],
  flags: { output: text("Write to a file, instead of STDOUT", { short: "o", complete: "files" }) },
  examples: [["export web -o web.tar", "Into a file"]],
  async run({ session, flags, args }) {
    const [container = ""] = args;
    const berth = await session.berth();
    await writeArchive(session, flags.output, "failed to export container", () => berth.containers.export(container));
  },
});
