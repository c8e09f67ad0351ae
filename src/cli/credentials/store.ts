// The logins of registries: in config.json, or in the helper program it names.
import type { RegistryCredentials } from "../../api/images.ts";
import type { Configuration, StoredLogin } from "../config/configuration.ts";
import { CommandError } from "../failure.ts";

/** Under which Docker Hub's login is kept. */
export const DOCKER_HUB_SERVER = "https://index.docker.io/v1/";

const TOKEN_USER = "<token>";
const HELPER_DEADLINE_MILLISECONDS = 60_000;
const NOT_FOUND = "credentials not found in native keychain";

/** The key under which a registry's login is kept, from the first part of an image's name. */
export function serverOf(domain: string): string {
  return domain === "docker.io" || domain === "index.docker.io" ? DOCKER_HUB_SERVER : domain;
}

/** The name of the helper for a server: `docker-credential-NAME`. */
export function helperFor(configuration: Configuration, server: string): string | undefined {
  return configuration.credHelpers?.[server] ?? (configuration.credsStore || undefined);
}

async function runHelper(helper: string, verb: "get" | "store" | "erase", input: string): Promise<string> {
  const name = `docker-credential-${helper}`;
  const program = Bun.which(name);
  if (!program)
    throw new CommandError(
      `error getting credentials - err: exec: "${name}": executable file not found in $PATH, out: \`\``,
    );
  const child = Bun.spawn([program, verb], {
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "inherit",
    timeout: HELPER_DEADLINE_MILLISECONDS,
  });
  const [output, code] = await Promise.all([child.stdout.text(), child.exited]);
  if (code === 0) return output;
  if (output.includes(NOT_FOUND)) return "";
  throw new CommandError(
    `error ${verb === "get" ? "getting" : "storing"} credentials - err: exit status ${code}, out: \`${output.trim()}\``,
  );
}

function fromStored(login: StoredLogin): RegistryCredentials {
  const { auth, identitytoken, registrytoken } = login;
  const decoded = auth ? Buffer.from(auth, "base64").toString().replace(/\0+$/, "") : "";
  const colon = decoded.indexOf(":");
  return {
    username: colon < 0 ? (login.username ?? "") : decoded.slice(0, colon),
    password: colon < 0 ? (login.password ?? "") : decoded.slice(colon + 1),
    ...(identitytoken ? { identitytoken } : {}),
    ...(registrytoken ? { registrytoken } : {}),
  };
}

/** "https://host/v1/" and "host" name the same registry. */
function hostOf(server: string): string {
  return server.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

async function fromHelper(helper: string, server: string): Promise<RegistryCredentials | undefined> {
  const output = await runHelper(helper, "get", server);
  if (output === "") return undefined;
  const { Username, Secret }: { Username: string; Secret: string } = JSON.parse(output);
  return Username === TOKEN_USER ? { identitytoken: Secret } : { username: Username, password: Secret };
}

/** The login of a server, with its address; undefined when there is none. */
export async function findCredentials(
  configuration: Configuration,
  server: string,
): Promise<RegistryCredentials | undefined> {
  const helper = helperFor(configuration, server);
  if (helper !== undefined) {
    const found = await fromHelper(helper, server);
    return found && { ...found, serveraddress: server };
  }
  const logins = { ...configuration.auths, ...environmentLogins() };
  const exact = logins[server] ?? Object.entries(logins).find(([name]) => hostOf(name) === hostOf(server))?.[1];
  return exact && { ...fromStored(exact), serveraddress: server };
}

/** DOCKER_AUTH_CONFIG: logins in the environment, in config.json's format. */
function environmentLogins(): Record<string, StoredLogin> {
  const text = process.env.BERTH_AUTH_CONFIG || process.env.DOCKER_AUTH_CONFIG;
  if (!text) return {};
  const { auths = {} }: { auths?: Record<string, StoredLogin> } = JSON.parse(text);
  return auths;
}

/** Keeps a login, in the helper where there is one; answers with the configuration to write, if it is another. */
export async function storeCredentials(
  configuration: Configuration,
  server: string,
  credentials: { username: string; password: string; identitytoken?: string },
): Promise<Configuration | undefined> {
  const { username, password, identitytoken } = credentials;
  const helper = helperFor(configuration, server);
  if (helper !== undefined) {
    const secret = identitytoken
      ? { ServerURL: server, Username: TOKEN_USER, Secret: identitytoken }
      : { ServerURL: server, Username: username, Secret: password };
    await runHelper(helper, "store", JSON.stringify(secret));
    return { ...configuration, auths: { ...configuration.auths, [server]: {} } };
  }
  const auth = Buffer.from(`${username}:${identitytoken ? "" : password}`).toString("base64");
  const login: StoredLogin = identitytoken ? { auth, identitytoken } : { auth };
  const known = configuration.auths?.[server];
  if (known && known.auth === login.auth && known.identitytoken === login.identitytoken) return undefined;
  return { ...configuration, auths: { ...configuration.auths, [server]: login } };
}

/** Forgets a login; answers with the configuration to write, or undefined when there was none. */
export async function eraseCredentials(
  configuration: Configuration,
  server: string,
): Promise<Configuration | undefined> {
  const helper = helperFor(configuration, server);
  const { [server]: known, ...auths } = configuration.auths ?? {};
  if (known === undefined && helper === undefined) return undefined;
  if (helper !== undefined) await runHelper(helper, "erase", server);
  return { ...configuration, auths };
}
