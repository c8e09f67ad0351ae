// DOCKER_AUTH_CONFIG: logins from the environment in config.json's format, which take precedence over stored ones.
import type { RegistryCredentials } from "../../api/images.ts";
import { setting } from "../config/environment.ts";
import type { Output } from "../output/output.ts";
import { decodeLogin } from "./login-text.ts";

const NAME = "DOCKER_AUTH_CONFIG";

interface Contents {
  auths?: Record<string, { auth?: string }>;
}

/** Logins by server; an unreadable value causes a warning and is ignored. */
export async function environmentLogins(complaints: Output): Promise<Record<string, RegistryCredentials>> {
  const text = setting("AUTH_CONFIG");
  if (text === undefined) return {};
  try {
    const { auths = {} }: Contents = JSON.parse(text);
    return Object.fromEntries(Object.entries(auths).map(([server, login]) => [server, credentialsOf(server, login)]));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    await complaints.line(`Failed to create credential store from ${NAME}: ${reason}`);
    return {};
  }
}

function credentialsOf(server: string, { auth }: { auth?: string }): RegistryCredentials {
  if (!auth) throw new Error(`${NAME} environment variable is missing key \`auth\` for ${server}`);
  return decodeLogin(auth);
}

/** Warns that a login or logout has no effect while the variable is set. */
export async function warnOfEnvironment(complaints: Output): Promise<void> {
  if (setting("AUTH_CONFIG") === undefined) return;
  await complaints.line(`WARNING: ${NAME} is set and takes precedence.`);
  await complaints.line(`Unset ${NAME} to restore the CLI auth behaviour.\n`);
}
