// `berth commit`: creates an image from a container's changes.
import { parseReference } from "../../../api/references.ts";
import { between, command } from "../../command.ts";
import { list, text, toggle } from "../../flags/kinds.ts";
import { whileWaiting } from "../../output/waiting-line.ts";

export const commit = command({
  usage: "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
  arity: between(1, 2),
  complete: ["containers", "images"],
  flags: {
    author: text('Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")', { short: "a" }),
    change: list("Apply Dockerfile instruction to the created image", { short: "c" }),
    message: text("Commit message", { short: "m" }),
    pause: toggle("Pause container during commit", { short: "p", initial: true }),
  },
  async run({ session, flags, args }) {
    const [container = "", name = ""] = args;
    const reference = name === "" ? undefined : parseReference(name);
    const berth = await session.berth();
    const committed = berth.images.commit(container, {
      reference,
      author: flags.author,
      comment: flags.message,
      changes: [...flags.change],
      pause: flags.pause,
    });
    const { Id } = await whileWaiting(session.stderr, `Committing ${container}`, committed);
    await session.stdout.line(Id);
  },
});
