// `berth context show`
import { command, noArguments } from "../../command.ts";
import { chosenContext } from "../../config/target.ts";

export const show = command({
  usage: "",
  arity: noArguments,
  flags: {},
  async run({ session }) {
    await session.stdout.line(chosenContext(session.options, await session.configuration()));
  },
});
