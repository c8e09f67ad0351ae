// `berth rename`: renames a container.
import { command, exactly } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { failureText } from "../../report.ts";

export const rename = command({
  usage: "CONTAINER NEW_NAME",
  arity: exactly(2),
  complete: ["containers"],
  flags: {},
  async run({ session, args }) {
    const [container = "", name = ""] = args.map((argument) => argument.trim());
    if (container === "" || name === "") throw new CommandError("Error: Neither old nor new names may be empty");
    const berth = await session.berth();
    try {
      await berth.containers.rename(container, name);
    } catch (thrown) {
      throw new CommandError(`${failureText(thrown)}\nError: failed to rename container named ${container}`);
    }
  },
});
