// Berth under the name `docker-compose`: linked as ~/.docker/cli-plugins/docker-compose it is what `docker compose` of
// Docker's own command runs, and typed by itself it takes the command lines of docker-compose.
import { connect } from "node:net";
import { COMPOSE_VERSION } from "../compose/project/labels.ts";

/** Where Docker's tools look for an engine when nothing names one. */
export const DOCKER_DEFAULT_HOST = "unix:///var/run/docker.sock";

const METADATA_COMMAND = "docker-cli-plugin-metadata";

/** What Docker's command asks of each of its plugins; undefined for any other line. */
export function pluginMetadata([first]: readonly string[]): string | undefined {
  if (first !== METADATA_COMMAND) return undefined;
  const metadata = {
    SchemaVersion: "0.1.0",
    Vendor: "Berth",
    Version: `v${COMPOSE_VERSION}`,
    ShortDescription: "Docker Compose",
  };
  return JSON.stringify(metadata, undefined, 5);
}

/** Options of docker-compose in front of its command that belong to `docker`. */
const TOGGLES = ["--debug", "-D", "--tls", "--tlsverify"];
const VALUED = ["--tlscacert", "--tlscert", "--tlskey", "--host", "-H", "--context", "--log-level"];

const RENAMED: Readonly<Record<string, string>> = {
  "--verbose": "--debug",
  "-h": "--help",
  "--version": "version",
  "-v": "version",
};

/** The line of `docker` that a line of docker-compose means. */
function standaloneLine(words: readonly string[]): string[] {
  const front: string[] = [];
  const behind: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith("-")) return [...front, "compose", ...behind, word, ...rest];
    const shown = RENAMED[word] ?? word;
    if (TOGGLES.includes(shown)) front.push(shown);
    else if (VALUED.includes(shown)) front.push(shown, rest.shift() ?? "");
    else if (VALUED.some((option) => shown.startsWith(`${option}=`))) front.push(shown);
    else behind.push(shown);
  }
  return [...front, "compose", ...behind];
}

/** The line of `docker` to run: as Docker's command passes it on, or as it is typed. */
export function composeLine(words: readonly string[]): string[] {
  const isPlugin = process.env.DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND !== undefined;
  return isPlugin ? [...words] : standaloneLine(words);
}

/**
 * Docker's command holds a socket open as long as its plugin is to go on: signals that reach only that command end it.
 * Each end is taken for Ctrl-C.
 */
export function followPluginSocket(): void {
  const address = process.env.DOCKER_CLI_PLUGIN_SOCKET;
  if (!address) return;
  // "@name" is a name of the kernel's own, without a file.
  const socket = connect({ path: address.replace(/^@/, "\0") });
  socket.unref();
  socket.on("error", () => undefined);
  socket.on("close", (hadError) => {
    if (!hadError) process.kill(process.pid, "SIGINT");
  });
}
