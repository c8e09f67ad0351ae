// `berth tag`: gives an image a further name.
import { parseReference } from "../../../api/references.ts";
import { command, exactly } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { failureText } from "../../report.ts";

export const tag = command({
  usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
  arity: exactly(2),
  complete: ["images", "images"],
  flags: {},
  async run({ session, args }) {
    const [source = "", target = ""] = args;
    try {
      parseReference(target);
    } catch (thrown) {
      const reason = failureText(thrown);
      throw new CommandError(
        `Error parsing reference: ${JSON.stringify(target)} is not a valid repository/tag: ${reason}`,
      );
    }
    const berth = await session.berth();
    await berth.images.tag(source, target);
  },
});
