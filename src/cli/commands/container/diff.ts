// `berth diff`: lists changes to a container's filesystem.
import { command, exactly } from "../../command.ts";

const LETTERS = ["C", "A", "D"] as const;

export const diff = command({
  usage: "CONTAINER",
  arity: exactly(1),
  complete: ["containers"],
  flags: {},
  async run({ session, args }) {
    const [container = ""] = args;
    const berth = await session.berth();
    const changes = (await berth.containers.changes(container)) ?? [];
    await session.stdout.write(changes.map(({ Kind, Path }) => `${LETTERS[Kind]} ${Path}\n`).join(""));
  },
});
