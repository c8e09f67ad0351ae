// DOCKER_AUTH_CONFIG: logins in the environment, in config.json's format, which win over those that are kept.
import type { RegistryCredentials } from "../../api/images.ts";
import { setting } from "../config/environment.ts";
import type { Output } from "../output/output.ts";
import { decodeLogin } from "./login-text.ts";

const NAME = "DOCKER_AUTH_CONFIG";

interface Contents {
  auths?: Record<string, { auth?: string }>;
}

/** By server; what cannot be read is said and counts as nothing. */
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

/** Says that a login or logout changes nothing as long as the variable is set. */
export async function warnOfEnvironment(complaints: Output): Promise<void> {
  if (setting("AUTH_CONFIG") === undefined) return;
  await complaints.line(`WARNING: ${NAME} is set and takes precedence.`);
  await complaints.line(`Unset ${NAME} to restore the CLI auth behaviour.\n`);
}
