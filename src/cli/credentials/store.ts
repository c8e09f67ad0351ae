// Registry logins from the environment, from the credential helper in config.json, or from config.json itself.
import type { RegistryCredentials } from "../../api/images.ts";
import { type Configuration, type StoredLogin, writeConfiguration } from "../config/configuration.ts";
import { CommandError } from "../failure.ts";
import { failureText } from "../report.ts";
import type { Session } from "../session.ts";
import { environmentLogins } from "./environment.ts";
import { eraseFromHelper, getFromHelper, helperFor, listInHelper, storeInHelper } from "./helper.ts";
import { decodeLogin, encodeLogin } from "./login-text.ts";

/** The key of Docker Hub's login. */
export const DOCKER_HUB_SERVER = "https://index.docker.io/v1/";

/** The key of a registry's login, from the first part of an image reference. */
export function serverOf(domain: string): string {
  return domain === "docker.io" || domain === "index.docker.io" ? DOCKER_HUB_SERVER : domain;
}

/** "https://host/v1/" and "host" name the same registry. */
function hostOf(server: string): string {
  return server.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function loginOf<T>(logins: Readonly<Record<string, T>>, server: string): T | undefined {
  return logins[server] ?? Object.entries(logins).find(([name]) => hostOf(name) === hostOf(server))?.[1];
}

function fromFile({ auth, identitytoken, registrytoken, ...plain }: StoredLogin): RegistryCredentials {
  const { username = "", password = "" } = auth ? decodeLogin(auth) : plain;
  return {
    username,
    password,
    ...(identitytoken ? { identitytoken } : {}),
    ...(registrytoken ? { registrytoken } : {}),
  };
}

/** A server's login and its address; undefined when there is none or the helper fails. */
export async function findCredentials(session: Session, server: string): Promise<RegistryCredentials | undefined> {
  const configuration = await session.configuration();
  const found =
    loginOf(await environmentLogins(session.stderr), server) ?? (await findKept(session, configuration, server));
  return found && { ...found, serveraddress: server };
}

/** Docker's command prints nothing here, and scripts rely on that, so the warning goes to terminals only. */
async function complain({ stderr }: Session, thrown: unknown): Promise<undefined> {
  if (stderr.isTerminal) await stderr.line(`WARNING: ${failureText(thrown)}`);
  return undefined;
}

async function findKept(
  session: Session,
  configuration: Configuration,
  server: string,
): Promise<RegistryCredentials | undefined> {
  const helper = helperFor(configuration, server);
  if (helper === undefined) {
    const login = loginOf(configuration.auths ?? {}, server);
    return login && fromFile(login);
  }
  try {
    return await getFromHelper(helper, server);
  } catch (thrown) {
    return complain(session, thrown);
  }
}

/** All logins by server, for operations that may pull from any of them. */
export async function allCredentials(session: Session): Promise<Record<string, RegistryCredentials>> {
  const configuration = await session.configuration();
  const { auths = {}, credHelpers = {}, credsStore } = configuration;
  const listed = credsStore ? await listInHelper(credsStore).catch((thrown) => complain(session, thrown)) : [];
  const kept = new Set([...Object.keys(auths), ...Object.keys(credHelpers), ...(listed ?? [])]);
  const found = await Promise.all(
    [...kept].map(async (server) => [server, await findKept(session, configuration, server)] as const),
  );
  const logins = [...found, ...Object.entries(await environmentLogins(session.stderr))];
  return Object.fromEntries(
    logins.flatMap(([server, login]) => (login ? [[server, { ...login, serveraddress: server }]] : [])),
  );
}

/** Stores a login, in the helper if there is one; returns whether it is now stored unencrypted in a changed file. */
export async function storeCredentials(
  session: Session,
  server: string,
  credentials: { username: string; password: string; identitytoken?: string },
): Promise<boolean> {
  const configuration = await session.configuration();
  const helper = helperFor(configuration, server);
  const { username, password, identitytoken } = credentials;
  const auth = encodeLogin(username, identitytoken ? "" : password);
  const login: StoredLogin = helper ? {} : { auth, ...(identitytoken ? { identitytoken } : {}) };
  const known = configuration.auths?.[server];
  if (!helper && known && known.auth === login.auth && known.identitytoken === login.identitytoken) return false;
  try {
    if (helper) await storeInHelper(helper, server, credentials);
    const auths = { ...configuration.auths, [server]: login };
    await writeConfiguration(session.options.config, { ...configuration, auths });
  } catch (thrown) {
    throw new CommandError(`Error saving credentials: ${failureText(thrown)}`);
  }
  return helper === undefined;
}

/** Deletes a login under all of its addresses. */
export async function eraseCredentials(session: Session, server: string): Promise<void> {
  const configuration = await session.configuration();
  const names = server === DOCKER_HUB_SERVER ? [server] : [server, `http://${server}`, `https://${server}`];
  const helped = names.flatMap((name) => {
    const helper = helperFor(configuration, name);
    return helper === undefined ? [] : [{ name, helper }];
  });
  const failures: string[] = [];
  for (const { name, helper } of helped) {
    await eraseFromHelper(helper, name).catch((thrown: unknown) => failures.push(`${name}: ${failureText(thrown)}`));
  }
  const { auths = {} } = configuration;
  const left = Object.fromEntries(Object.entries(auths).filter(([name]) => !names.includes(name)));
  if (Object.keys(left).length < Object.keys(auths).length) {
    await writeConfiguration(session.options.config, { ...configuration, auths: left });
  }
  if (failures.length === 0 || failures.length < helped.length) return;
  await session.stderr.line(["WARNING: could not erase credentials:", ...failures].join("\n"));
}
