// Berth as `docker-compose`. Linked as ~/.docker/cli-plugins/docker-compose, it is the plugin that Docker's own command
// runs for `docker compose`; run directly, it accepts docker-compose command lines.
import { connect } from "node:net";
import { COMPOSE_VERSION } from "../compose/project/labels.ts";

/** Docker's default socket. */
export const DOCKER_DEFAULT_HOST = "unix:///var/run/docker.sock";

const METADATA_COMMAND = "docker-cli-plugin-metadata";

/** Plugin metadata, which Docker's command requests from each plugin; undefined for any other arguments. */
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

/** docker-compose options before the command that `docker` handles. */
const TOGGLES = ["--debug", "-D", "--tls", "--tlsverify"];
const VALUED = ["--tlscacert", "--tlscert", "--tlskey", "--host", "-H", "--context", "--log-level"];

const RENAMED: Readonly<Record<string, string>> = {
  "--verbose": "--debug",
  "-h": "--help",
  "--version": "version",
  "-v": "version",
};

/** Converts docker-compose arguments to `docker` arguments. */
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

/** The `docker` arguments to run, from Docker's plugin call or a direct call. */
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
