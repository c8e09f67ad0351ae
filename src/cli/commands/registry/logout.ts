// `berth logout`: deletes the stored credentials of a registry.
import { atMost, command } from "../../command.ts";
import { warnOfEnvironment } from "../../credentials/environment.ts";
import { eraseCredentials } from "../../credentials/store.ts";
import { serverFromArgument } from "./login.ts";

export const logout = command({
  usage: "[SERVER]",
  description: "Log out from a registry.\nIf no server is specified, the default is defined by the daemon.",
  arity: atMost(1),
  flags: {},
  async run({ session, args }) {
    const server = serverFromArgument(args[0]);
    await warnOfEnvironment(session.stderr);
    await session.stdout.line(`Removing login credentials for ${server}`);
    await eraseCredentials(session, server);
  },
});
