// `berth socket rm`: removes scoped sockets and closes their connections.
import { atLeast, command } from "../../command.ts";
import { forEachTarget } from "../../targets.ts";

export const remove = command({
  usage: "SOCKET [SOCKET...]",
  arity: atLeast(1),
  flags: {},
  async run({ session, args }) {
    const berth = await session.berth();
    await forEachTarget(session, args, (socket) => berth.sockets.remove(socket));
  },
});
