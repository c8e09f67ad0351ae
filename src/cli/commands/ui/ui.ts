// `berth ui`: serves a web page on this machine that is a client of the engine.
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { VERSION } from "../../../api/product.ts";
import { Connection } from "../../../client/index.ts";
import { Password } from "../../../ui/server/password.ts";
import { UiServer, type UiServerOptions } from "../../../ui/server/server.ts";
import { command, noArguments } from "../../command.ts";
import { ContextStore, DEFAULT_CONTEXT } from "../../config/context-store.ts";
import { setting } from "../../config/environment.ts";
import { chosenContext, resolveTarget } from "../../config/target.ts";
import { CommandError } from "../../failure.ts";
import { text, toggle } from "../../flags/kinds.ts";
import type { Session } from "../../session.ts";

const DEFAULT_LISTEN = "127.0.0.1:0";

export const ui = command({
  usage: "[OPTIONS]",
  description:
    "Serve a web interface for the engine, until Ctrl-C.\n\nThe printed address signs in once. An address that is reachable from other machines requires a password and TLS.",
  arity: noArguments,
  flags: {
    context: text("Context to start with", { complete: "contexts" }),
    listen: text("Address and port to listen on; port 0 is a free one", { initial: DEFAULT_LISTEN }),
    open: toggle("Open the page in the browser"),
    "password-file": text("File with the password, or its argon2id hash, in its first line", { complete: "files" }),
    "read-only": toggle("Let the page change nothing"),
    tlscert: text("Certificate of the page's server (PEM)", { complete: "files" }),
    tlskey: text("Key of the page's server (PEM)", { complete: "files" }),
  },
  examples: [
    ["ui --open", "Open the page in the browser"],
    ["ui --read-only", "Look, but change nothing"],
    [
      "ui --listen 0.0.0.0:8443 --password-file /etc/berth/ui-password --tlscert cert.pem --tlskey key.pem",
      "Serve other machines",
    ],
  ],
  async run({ session, flags }) {
    const { hostname, port } = parseListen(flags.listen);
    const tls = await readTls(flags.tlscert, flags.tlskey);
    const password = flags["password-file"] === "" ? undefined : await readPassword(flags["password-file"]);
    if (!isLoopback(hostname) && !(tls && password)) {
      throw new CommandError(
        `${hostname} is reachable by other machines: give a password (--password-file) and TLS (--tlscert, --tlskey), or listen on 127.0.0.1`,
      );
    }
    const server = await listen({
      hostname,
      port,
      tls,
      password,
      readOnly: flags["read-only"],
      engines: await enginesOf(session, flags.context),
      version: VERSION,
    });
    const shown = hostname.includes(":") ? `[${hostname}]` : hostname;
    const address = `${tls ? "https" : "http"}://${shown}:${server.port}/#token=${server.issueToken()}`;
    await session.stdout.line(address);
    if (flags.open) openBrowser(address);
    await untilSignal();
    await server.stop();
  },
});

/** @throws CommandError when the value is not ADDRESS:PORT */
function parseListen(listen: string): { hostname: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(listen) ?? [];
  const hostname = bracketed ?? plain ?? "";
  if (port === undefined || Number(port) > 65_535 || (isIP(hostname) === 0 && hostname !== "localhost")) {
    throw new CommandError(
      `invalid --listen "${listen}": an IP address and a port are expected, as in ${DEFAULT_LISTEN}`,
    );
  }
  return { hostname, port: Number(port) };
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

async function readTls(certificate: string, key: string): Promise<UiServerOptions["tls"]> {
  if (certificate === "" && key === "") return undefined;
  if (certificate === "" || key === "") throw new CommandError("--tlscert and --tlskey belong together");
  const [cert, keyText] = await Promise.all([readFile(certificate), readFile(key)]);
  return { cert, key: keyText, names: namesOf(cert, certificate) };
}

/** The host names in the certificate. */
function namesOf(cert: string, path: string): string[] {
  try {
    const names = new X509Certificate(cert).subjectAltName ?? "";
    return [...names.matchAll(/DNS:([^,\s]+)/g)].map(([, name = ""]) => name.toLowerCase());
  } catch {
    throw new CommandError(`${path} is not a certificate in PEM`);
  }
}

async function readPassword(path: string): Promise<Password> {
  const content = await readFile(path);
  try {
    return await Password.of(content);
  } catch (thrown) {
    throw new CommandError(`${path}: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
}

async function readFile(path: string): Promise<string> {
  try {
    return await Bun.file(path).text();
  } catch {
    throw new CommandError(`open ${path}: no such file or directory`);
  }
}

/** All contexts; the current one may also be an address that only --host or DOCKER_HOST gives. */
async function enginesOf(session: Session, wanted: string): Promise<UiServerOptions["engines"]> {
  const configuration = await session.configuration();
  const stored = new ContextStore(session.options.config).list().map(({ Name }) => Name);
  const names = [DEFAULT_CONTEXT, ...stored];
  const current = wanted === "" ? chosenContext(session.options, configuration) : wanted;
  if (!names.includes(current)) throw new CommandError(`context "${current}" does not exist`);
  const options = { ...session.options, context: "" };
  return {
    names,
    current,
    connect: async (name) => {
      const { host, tls } = await resolveTarget(
        name === DEFAULT_CONTEXT ? options : session.options,
        configuration,
        name,
      );
      return new Connection({ host, tls, apiVersion: setting("API_VERSION"), headers: configuration.HttpHeaders });
    },
  };
}

async function listen(options: UiServerOptions): Promise<UiServer> {
  try {
    return await UiServer.start(options);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CommandError(`failed to listen on ${options.hostname}:${options.port}: ${reason}`);
  }
}

function openBrowser(address: string): void {
  const opener = Bun.which("xdg-open");
  if (opener) Bun.spawn([opener, address], { stdio: ["ignore", "ignore", "ignore"] }).unref();
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
