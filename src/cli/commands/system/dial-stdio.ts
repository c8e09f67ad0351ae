// `berth system dial-stdio`: the engine's socket on standard input and output; what ssh:// runs at the other end.
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
    // The engine has the last word: input that goes on after its end is nobody's.
    upwards().catch(() => duplex.close());
    for await (const chunk of duplex.input) await session.stdout.write(chunk);
    duplex.close();
  },
});
