// `berth version`: versions of client and engine.
import type { VersionAnswer } from "../../../api/system.ts";
import { NEWEST_API_VERSION } from "../../../client/connection.ts";
import { type ClientVersion, clientVersion, readableTime } from "../../client-version.ts";
import { command, noArguments } from "../../command.ts";
import { setting } from "../../config/environment.ts";
import { objectFormat, toggle } from "../../flags/kinds.ts";
import type { Session } from "../../session.ts";
import type { PlainObject } from "../../template/values.ts";

const LABEL_WIDTH = 19;

const line = (label: string, value: string, indent = " "): string =>
  `${`${indent}${label}:`.padEnd(LABEL_WIDTH)} ${value}\n`;

interface Client extends ClientVersion {
  ApiVersion: string;
  Context: string;
}

/** The client's part, in the order of Docker's JSON. */
async function describeClient(session: Session, spoken: string): Promise<Client> {
  const [{ Version, ...further }, { contextName }] = [clientVersion, await session.target()];
  return { Version, ApiVersion: spoken, ...further, Context: contextName };
}

function clientText(client: Client): string {
  const { ApiVersion, DefaultAPIVersion } = client;
  const downgraded = ApiVersion === DefaultAPIVersion ? "" : ` (downgraded from ${DefaultAPIVersion})`;
  return [
    "Client:\n",
    line("Version", client.Version),
    line("API version", `${ApiVersion}${downgraded}`),
    line("Go version", client.GoVersion),
    line("Git commit", client.GitCommit),
    line("Built", client.BuildTime),
    line("OS/Arch", `${client.Os}/${client.Arch}`),
    line("Context", client.Context),
  ].join("");
}

function engineText(details: Readonly<Record<string, string>>, version: string): string {
  const { ApiVersion = "", MinAPIVersion = "", GoVersion = "", GitCommit = "", BuildTime = "" } = details;
  const { Os = "", Arch = "", Experimental = "" } = details;
  return [
    line("Version", version, "  "),
    line("API version", `${ApiVersion} (minimum version ${MinAPIVersion})`, "  "),
    line("Go version", GoVersion, "  "),
    line("Git commit", GitCommit, "  "),
    line("Built", readableTime(BuildTime), "  "),
    line("OS/Arch", `${Os}/${Arch}`, "  "),
    line("Experimental", Experimental, "  "),
  ].join("");
}

function serverText(server: VersionAnswer): string {
  const platform = server.Platform?.Name ? ` ${server.Platform.Name}` : "";
  const components = (server.Components ?? []).map(({ Name, Version, Details }) => {
    if (Name === "Engine") return ` ${Name}:\n${engineText(Details, Version)}`;
    const details = Object.entries(Details ?? {}).sort();
    const lines = [["Version", Version] as const, ...details].map(([label, value]) => line(label, value, "  "));
    return ` ${Name}:\n${lines.join("")}`;
  });
  return `\nServer:${platform}\n${components.join("")}`;
}

/** Returns a printer for a custom template. @throws CommandError when the template is invalid */
async function templated(session: Session, format: string): Promise<(versions: PlainObject) => Promise<void>> {
  const [{ objectPrinter }, { toStruct }, { versionType }] = await Promise.all([
    import("../../output/object-template.ts"),
    import("../../template/struct-type.ts"),
    import("../../docker-structs/version.ts"),
  ]);
  const print = objectPrinter(session.stdout, format, "version");
  return (versions) => print(toStruct(versionType, versions));
}

export const version = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: {
    client: toggle("Only of the client; no engine is asked"),
    format: objectFormat(),
  },
  examples: [["version --format '{{.Server.Version}}'", "The engine's version alone"]],
  async run({ session, flags }) {
    const print = flags.format === "" ? undefined : await templated(session, flags.format);
    let server: VersionAnswer | undefined;
    let problem: unknown;
    let spoken = setting("API_VERSION") ?? NEWEST_API_VERSION;
    if (!flags.client) {
      const berth = await session.berth();
      try {
        server = await berth.system.version();
        spoken = berth.connection.apiVersion;
      } catch (thrown) {
        problem = thrown;
      }
    }
    const client = await describeClient(session, spoken);
    // A template error after this point is about a field that the engine did not send.
    const explain = (thrown: unknown): never => {
      throw problem ?? thrown;
    };
    if (print) await print({ Client: client, Server: server ?? null }).catch(explain);
    else await session.stdout.write(clientText(client) + (server ? serverText(server) : ""));
    if (problem !== undefined) throw problem;
  },
});
