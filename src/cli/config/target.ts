// Selects the engine: --context, --host, the environment, the current context, or the local engine.
import { DEFAULT_HOST, type TlsMaterial } from "../../client/endpoint.ts";
import { CommandError } from "../failure.ts";
import type { GlobalOptions } from "../globals.ts";
import type { Configuration } from "./configuration.ts";
import { setting } from "./environment.ts";

export interface Target {
  /** "default" when --host or the environment gave the address. */
  contextName: string;
  host: string;
  tls: TlsMaterial | undefined;
}

/** The context selected by options, environment and configuration. */
export function chosenContext(options: GlobalOptions, configuration: Configuration): string {
  if (options.context !== "") return options.context;
  if (options.host.length > 0 || setting("HOST")) return "default";
  return setting("CONTEXT") ?? (configuration.currentContext || "default");
}

const cannotResolve = (reason: string) =>
  new CommandError(`Failed to initialize: unable to resolve docker endpoint: ${reason}`);

async function readPem(path: string): Promise<string> {
  try {
    return await Bun.file(path).text();
  } catch {
    throw cannotResolve(`open ${path}: no such file or directory`);
  }
}

async function readPemIfThere(path: string, named: boolean): Promise<string | undefined> {
  if (named || (await Bun.file(path).exists())) return readPem(path);
  return undefined;
}

/** The TLS settings of the command line; undefined without --tls and --tlsverify. */
async function tlsOfOptions(options: GlobalOptions): Promise<TlsMaterial | undefined> {
  const verify = options.tlsverify ?? setting("TLS_VERIFY") !== undefined;
  if (!verify && !options.tls && !setting("TLS")) return undefined;
  const directory = setting("CERT_PATH") ?? options.config;
  return {
    ca: await readPem(options.tlscacert || `${directory}/ca.pem`),
    cert: await readPemIfThere(options.tlscert || `${directory}/cert.pem`, options.tlscert !== ""),
    key: await readPemIfThere(options.tlskey || `${directory}/key.pem`, options.tlskey !== ""),
    skipVerify: !verify,
  };
}

/** @throws CommandError when options contradict each other, a context does not exist or a file cannot be read. */
export async function resolveTarget(
  options: GlobalOptions,
  configuration: Configuration,
  contextName = chosenContext(options, configuration),
): Promise<Target> {
  if (options.context !== "" && options.host.length > 0) {
    throw new CommandError("conflicting options: cannot specify both --host and --context");
  }
  if (contextName === "default") {
    if (options.host.length > 1) throw cannotResolve("Specify only one -H");
    const host = options.host[0] || setting("HOST") || options.defaultHost || DEFAULT_HOST;
    return { contextName, host, tls: await tlsOfOptions(options) };
  }
  const { ContextStore } = await import("./context-store.ts");
  const store = new ContextStore(options.config);
  try {
    const metadata = store.get(contextName);
    const host = metadata.Endpoints.docker?.Host || DEFAULT_HOST;
    return { contextName, host, tls: store.tlsMaterial(metadata) };
  } catch (thrown) {
    throw cannotResolve(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
