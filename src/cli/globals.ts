// Global options, before the command's name.
import { defaultConfigDirectory } from "./config/environment.ts";
import { list, text, toggle } from "./flags/kinds.ts";
import type { Parsed } from "./flags/parse.ts";

export interface GlobalOptions {
  config: string;
  context: string;
  debug: boolean;
  host: readonly string[];
  logLevel: string;
  tls: boolean;
  /** undefined when not given: the environment applies. */
  tlsverify: boolean | undefined;
  tlscacert: string;
  tlscert: string;
  tlskey: string;
  /** The default engine; Berth's own when undefined. */
  defaultHost?: string | undefined;
}

export function globalFlags(program: string) {
  const directory = defaultConfigDirectory();
  const shown = (file: string) => JSON.stringify(`${directory}/${file}`);
  return {
    config: text("Location of client config files", { initial: directory, complete: "files" }),
    context: text(
      `Name of the context to use to connect to the daemon (overrides DOCKER_HOST env var and default context set with "${program} context use")`,
      { short: "c", complete: "contexts" },
    ),
    debug: toggle("Enable debug mode", { short: "D" }),
    host: list("Daemon socket to connect to", { short: "H" }),
    "log-level": text('Set the logging level ("debug", "info", "warn", "error", "fatal")', {
      short: "l",
      initial: "info",
      complete: ["debug", "info", "warn", "error", "fatal"],
    }),
    tls: toggle("Use TLS; implied by --tlsverify"),
    tlscacert: text("Trust certs signed only by this CA", { shownDefault: shown("ca.pem"), complete: "files" }),
    tlscert: text("Path to TLS certificate file", { shownDefault: shown("cert.pem"), complete: "files" }),
    tlskey: text("Path to TLS key file", { shownDefault: shown("key.pem"), complete: "files" }),
    tlsverify: toggle("Use TLS and verify the remote"),
    version: toggle("Print version information and quit", { short: "v" }),
  };
}

/** The parsed options. */
export function globalOptions({ values, given }: Parsed<ReturnType<typeof globalFlags>>): GlobalOptions {
  const { "log-level": logLevel, tlsverify, ...rest } = values;
  return { ...rest, logLevel, tlsverify: given.has("tlsverify") ? tlsverify : undefined };
}
