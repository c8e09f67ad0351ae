// Parses `--docker key=value,…`: the endpoint of a context.

import { readFileSync } from "node:fs";
import { splitPair } from "../../api/pairs.ts";
import { parseEndpoint } from "../../client/endpoint.ts";
import { CommandError } from "../failure.ts";
import { type Flag, FlagValueError } from "../flags/flag.ts";
import { splitCommas } from "../flags/kinds.ts";
import { parseBoolean } from "../flags/numbers.ts";
import { failureText } from "../report.ts";
import type { ContextStore, ContextTls, DockerEndpoint } from "./context-store.ts";

type Settings = Readonly<Record<string, string>>;

const KEYS = ["ca", "cert", "from", "host", "key", "skip-tls-verify"];
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$/;

export function endpointFlag(): Flag<Settings> {
  return {
    type: "stringToString",
    description: "set the docker endpoint",
    shownDefault: "[]",
    initial: {},
    read(given, previous) {
      const pairs = splitCommas(given).map((pair): [string, string] => {
        const [key, value] = splitPair(pair);
        if (value === undefined) throw new FlagValueError(`${pair} must be formatted as key=value`);
        return [key, value];
      });
      return { ...previous, ...Object.fromEntries(pairs) };
    },
  };
}

/** @throws CommandError in Docker's words */
export function checkContextName(name: string): void {
  if (name === "") throw new CommandError("context name cannot be empty");
  if (name === "default") throw new CommandError('"default" is a reserved context name');
  if (NAME.test(name)) return;
  throw new CommandError(
    `context name ${JSON.stringify(name)} is invalid, names are validated against regexp "${NAME.source}"`,
  );
}

function readPem(path: string | undefined): string | undefined {
  if (path === undefined || path === "") return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new CommandError(`unable to create docker endpoint config: open ${path}: no such file or directory`);
  }
}

const hasPem = (text: string | undefined, what: string): boolean =>
  text === undefined || new RegExp(`-----BEGIN (?:[A-Z]+ )*${what}-----`).test(text);

/** Checks the TLS files now rather than at the first connection. @throws CommandError in Docker's words */
function checkTls({ ca, cert, key }: ContextTls): void {
  const problem = "unable to create docker endpoint config: invalid docker endpoint options";
  const unreadable = `${problem}: failed to retrieve context tls info`;
  if (!hasPem(ca, "CERTIFICATE")) throw new CommandError(`${unreadable}: ca.pem seems invalid`);
  if (!hasPem(key, "PRIVATE KEY")) throw new CommandError(`${problem}: no valid private key found`);
  if (!hasPem(cert, "CERTIFICATE")) {
    throw new CommandError(`${unreadable}: tls: failed to find any PEM data in certificate input`);
  }
}

/** The endpoint and its TLS files. @throws CommandError in Docker's words */
export function readEndpoint(store: ContextStore, settings: Settings): { endpoint: DockerEndpoint; tls: ContextTls } {
  const unable = (reason: string) => new CommandError(`unable to create docker endpoint config: ${reason}`);
  const unknown = Object.keys(settings).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw unable(`unrecognized config key: ${unknown}`);
  const { from, host = "", ca, cert, key, "skip-tls-verify": skip = "false" } = settings;
  if (from !== undefined) {
    const endpoint = store.get(from).Endpoints.docker ?? { SkipTLSVerify: false };
    return { endpoint, tls: store.tls(from) };
  }
  if ((cert === undefined) !== (key === undefined))
    throw unable("invalid docker endpoint options: both cert and key are needed");
  try {
    const kind = host === "" ? undefined : parseEndpoint(host).kind;
    const tls = { ca: readPem(ca), cert: readPem(cert), key: readPem(key) };
    if (kind === "tcp") checkTls(tls);
    const endpoint = { ...(host === "" ? {} : { Host: host }), SkipTLSVerify: parseBoolean(skip) };
    return { endpoint, tls };
  } catch (thrown) {
    if (thrown instanceof CommandError) throw thrown;
    throw unable(failureText(thrown).replace("Failed to initialize: unable to resolve docker endpoint: ", ""));
  }
}
