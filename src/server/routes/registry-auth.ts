// Credentials that clients send for a registry.
import * as v from "valibot";
import { registryCredentialsSchema } from "../../api/images.ts";
import { credentialsOf } from "../../docker/registries.ts";
import type { RegistryCredentials } from "../../engine/index.ts";

/** `X-Registry-Auth`: base64url of JSON. An unreadable one is ignored, as by Docker. */
export function credentialsIn(headers: ReadonlyMap<string, string>): RegistryCredentials | undefined {
  const header = headers.get("x-registry-auth");
  if (header === undefined || header === "") return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
    const parsed = v.safeParse(registryCredentialsSchema, value);
    return parsed.success ? credentialsOf(parsed.output) : undefined;
  } catch {
    return undefined;
  }
}
