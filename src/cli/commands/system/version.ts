// `berth version`: the client's and the engine's.
import { VERSION } from "../../../api/product.ts";
import type { VersionAnswer } from "../../../api/system.ts";
import { NEWEST_API_VERSION } from "../../../client/connection.ts";
import { command, noArguments } from "../../command.ts";
import { setting } from "../../config/environment.ts";
import { CommandError } from "../../failure.ts";
import { objectFormat } from "../../flags/kinds.ts";
import { failureText } from "../../report.ts";
import type { Session } from "../../session.ts";
import type { PlainObject } from "../../template/values.ts";

const LABEL_WIDTH = 18;

const line = (label: string, value: string, indent = " "): string =>
  `${indent}${`${label}:`.padEnd(LABEL_WIDTH)} ${value}\n`;

/** "amd64", as Go names it. */
export function architecture(): string {
  return process.arch === "x64" ? "amd64" : process.arch;
}

/** "Thu May  7 21:09:36 2026" from the engine's RFC 3339; what is none stays as it is. */
function buildTime(text: string): string {
  const date = new Date(text);
  if (text === "" || Number.isNaN(date.getTime())) return text;
  const [weekday = "", day = "", month = "", year = "", time = ""] = date.toUTCString().replace(",", "").split(" ");
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
}

/** The client's half, in the order and under the names of Docker's JSON. */
async function clientVersion(session: Session, spoken: string) {
  const { contextName } = await session.target();
  return {
    Version: VERSION,
    ApiVersion: spoken,
    DefaultAPIVersion: NEWEST_API_VERSION,
    GitCommit: "",
    GoVersion: `bun${Bun.version}`,
    Os: "linux",
    Arch: architecture(),
    BuildTime: "",
    Context: contextName,
  };
}

export type ClientVersion = Awaited<ReturnType<typeof clientVersion>>;

function clientText(client: ClientVersion): string {
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
    line("Built", buildTime(BuildTime), "  "),
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

async function printTemplated(session: Session, format: string, data: PlainObject): Promise<void> {
  const { printObject } = await import("../../output/object-template.ts");
  await printObject(session.stdout, format === "json" ? "{{json .}}" : format, data, {
    typeName: "system.versionInfo",
    name: "version",
  });
}

export const version = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: { format: objectFormat() },
  async run({ session, flags }) {
    const berth = await session.berth();
    let server: VersionAnswer | undefined;
    let problem: unknown;
    try {
      server = await berth.system.version();
    } catch (thrown) {
      problem = thrown;
    }
    const client = await clientVersion(
      session,
      server ? berth.connection.apiVersion : (setting("API_VERSION") ?? NEWEST_API_VERSION),
    );
    if (flags.format !== "") await printTemplated(session, flags.format, { Client: client, Server: server ?? null });
    else await session.stdout.write(clientText(client) + (server ? serverText(server) : ""));
    if (problem !== undefined) throw new CommandError(failureText(problem));
  },
});
