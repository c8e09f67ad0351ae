// `berth network disconnect`
import { command, exactly } from "../../command.ts";
import { toggle } from "../../flags/kinds.ts";

export const disconnect = command({
  usage: "[OPTIONS] NETWORK CONTAINER",
  arity: exactly(2),
  complete: ["networks", "containers"],
  flags: { force: toggle("Force the container to disconnect from a network", { short: "f" }) },
  async run({ session, flags, args }) {
    const [network = "", container = ""] = args;
    const berth = await session.berth();
    await berth.networks.disconnect(network, container, flags);
  },
});
