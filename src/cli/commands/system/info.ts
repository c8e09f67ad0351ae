// `berth info`
import { VERSION } from "../../../api/product.ts";
import type { InfoAnswer } from "../../../api/system.ts";
import { command, noArguments } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { objectFormat } from "../../flags/kinds.ts";
import { infoText } from "../../output/info-text.ts";
import { failureText } from "../../report.ts";
import type { Session } from "../../session.ts";

async function clientInfo(session: Session) {
  const { contextName } = await session.target();
  const { debug } = session.options;
  return { Debug: debug, Version: VERSION, Context: contextName, Plugins: [], Warnings: null };
}

function clientText({ Debug, Version, Context }: Awaited<ReturnType<typeof clientInfo>>): string {
  return `Client:\n Version:    ${Version}\n Context:    ${Context}\n Debug Mode: ${Debug}\n\n`;
}

export const info = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: { format: objectFormat() },
  async run({ session, flags }) {
    const berth = await session.berth();
    const client = await clientInfo(session);
    let server: InfoAnswer | undefined;
    let problem: unknown;
    try {
      server = await berth.system.info();
    } catch (thrown) {
      problem = thrown;
    }
    if (flags.format !== "") {
      const { printObject } = await import("../../output/object-template.ts");
      const source = flags.format === "json" ? "{{json .}}" : flags.format;
      await printObject(session.stdout, source, { ...server, ClientInfo: client }, { typeName: "system.dockerInfo" });
    } else {
      await session.stdout.write(`${clientText(client)}Server:\n${server ? infoText(server) : ""}`);
      for (const warning of server?.Warnings ?? []) await session.stderr.line(warning);
    }
    if (problem !== undefined) throw new CommandError(failureText(problem));
  },
});
