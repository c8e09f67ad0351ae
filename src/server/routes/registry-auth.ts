// Credentials that clients send for a registry.
import * as v from "valibot";
import { type RegistryCredentials, registryCredentialsSchema } from "../../api/images.ts";

/** `X-Registry-Auth`: base64url of JSON. An unreadable one is ignored, as by Docker. */
export function credentialsOf(headers: ReadonlyMap<string, string>): RegistryCredentials | undefined {
  const header = headers.get("x-registry-auth");
  if (header === undefined || header === "") return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
    const parsed = v.safeParse(registryCredentialsSchema, value);
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
