// `berth create`: creates a container without starting it.
import { atLeast, command } from "../../command.ts";
import { checkPullOption, createContainer } from "../../container-spec/create.ts";
import { createFlags } from "../../container-spec/flags.ts";
import { createRequest } from "../../container-spec/request.ts";
import { withHelp } from "../../container-spec/run-failure.ts";

export const create = command({
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  arity: atLeast(1),
  complete: ["images", "files"],
  flags: createFlags('Pull image before creating ("always", "|missing", "never")'),
  stopAtPositional: true,
  async run({ session, flags, given, args }) {
    const [image = "", ...commandLine] = args;
    const request = withHelp(session.program, "create", () => {
      checkPullOption(flags.pull);
      return createRequest(flags, given, image, commandLine);
    });
    const { created } = await createContainer(session, flags, request, async (berth, options) => ({
      created: await berth.containers.create(request, options),
    }));
    await session.stdout.line(created.Id);
  },
});
