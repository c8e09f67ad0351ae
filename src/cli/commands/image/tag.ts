// `berth tag`: adds a tag to an image.
import { type ImageReference, parseReference } from "../../../api/references.ts";
import { command, exactly } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { failureText } from "../../report.ts";

/** @throws CommandError in Docker's words */
function readTarget(target: string): ImageReference {
  try {
    return parseReference(target);
  } catch (thrown) {
    const reason = failureText(thrown);
    throw new CommandError(
      `Error parsing reference: ${JSON.stringify(target)} is not a valid repository/tag: ${reason}`,
    );
  }
}

export const tag = command({
  usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
  arity: exactly(2),
  complete: ["images", "images"],
  flags: {},
  async run({ session, args }) {
    const [source = "", target = ""] = args;
    const reference = readTarget(target);
    if (reference.digest !== undefined) throw new CommandError("refusing to create a tag with a digest reference");
    const berth = await session.berth();
    await berth.images.tag(source, reference);
  },
});
