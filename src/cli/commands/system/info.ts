// `berth info`
import type { InfoAnswer } from "../../../api/system.ts";
import { clientVersion } from "../../client-version.ts";
import { command, noArguments } from "../../command.ts";
import { objectFormat } from "../../flags/kinds.ts";
import { infoText } from "../../output/info-text.ts";
import type { Session } from "../../session.ts";
import type { PlainObject } from "../../template/values.ts";

async function clientInfo(session: Session) {
  const { contextName } = await session.target();
  return { Debug: session.options.debug, ...clientVersion, Context: contextName, Plugins: [], Warnings: null };
}

function clientText({ Debug, Version, Context }: Awaited<ReturnType<typeof clientInfo>>): string {
  return `Client:\n Version:    ${Version}\n Context:    ${Context}\n Debug Mode: ${Debug}\n\n`;
}

async function templated(session: Session, format: string): Promise<(info: PlainObject) => Promise<void>> {
  const [{ objectPrinter }, { toStruct }, { infoType }] = await Promise.all([
    import("../../output/object-template.ts"),
    import("../../template/struct-type.ts"),
    import("../../docker-structs/info.ts"),
  ]);
  const print = objectPrinter(session.stdout, format);
  return (info) => print(toStruct(infoType, info));
}

export const info = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: { format: objectFormat() },
  examples: [["info --format '{{.Driver}} on {{.KernelVersion}}'", "Two facts of it"]],
  async run({ session, flags }) {
    const print = flags.format === "" ? undefined : await templated(session, flags.format);
    const berth = await session.berth();
    const client = await clientInfo(session);
    let server: InfoAnswer | undefined;
    let problem: unknown;
    try {
      server = await berth.system.info();
    } catch (thrown) {
      problem = thrown;
    }
    if (print) await print({ ...server, ClientInfo: client });
    else {
      await session.stdout.write(`${clientText(client)}Server:\n${server ? infoText(server) : ""}`);
      for (const warning of server?.Warnings ?? []) await session.stderr.line(warning);
    }
    if (problem !== undefined) throw problem;
  },
});
