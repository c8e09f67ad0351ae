// `berth system dial-stdio`: proxies standard input and output to the engine's socket; ssh:// runs it on the remote
// host.
import { command, noArguments } from "../../command.ts";

export const dialStdio = command({
  usage: "",
  arity: noArguments,
  flags: {},
  async run({ session }) {
    const { connection } = await session.berth();
    const duplex = await connection.dial();
    const upwards = async (): Promise<void> => {
      for await (const chunk of Bun.stdin.stream()) if (!(await duplex.write(chunk))) return;
      await duplex.closeWrite();
    };
    // Once the engine has closed the connection, remaining input is discarded.
    upwards().catch(() => duplex.close());
    for await (const chunk of duplex.input) await session.stdout.write(chunk);
    duplex.close();
  },
});
