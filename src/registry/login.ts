// Checks a user's credentials with a registry.
import { BerthError } from "../api/errors.ts";
import { authorize } from "./authorization.ts";
import type { RegistryCredentials } from "./credentials.ts";
import { DOCKER_HUB, originsOf, type RegistrySettings } from "./endpoints.ts";
import { RegistryError, TransportError, withoutQuery } from "./errors.ts";
import { Transport } from "./transport.ts";

const UNAUTHORIZED = 401;

/** The registry of a server address: "https://index.docker.io/v1/", "host:5000", "https://host"; "" is Docker Hub. */
export function loginDomain(address: string): string {
  const host = address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return ["", "index.docker.io", "docker.io", "registry-1.docker.io"].includes(host) ? DOCKER_HUB : host;
}

/**
 * Checks credentials; nothing is stored.
 * @returns a token to keep instead of the password; "" if the registry sends none
 * @throws BerthError unauthorized when the registry refuses the credentials
 */
export async function login(
  credentials: RegistryCredentials,
  settings: RegistrySettings,
  signal?: AbortSignal,
): Promise<string> {
  let failure: unknown;
  for (const endpoint of await originsOf(loginDomain(credentials.serverAddress ?? ""), settings)) {
    const transport = new Transport(endpoint, settings);
    const url = new URL("/v2/", endpoint.base);
    try {
      const first = await transport.send(url, { method: "GET", signal });
      await first.body?.cancel();
      if (first.ok) return "";
      if (first.status !== UNAUTHORIZED) throw refusal(url, first);
      const request = { transport, credentials, scopes: [], wantsIdentityToken: true, signal };
      const { header, identityToken = "" } = await authorize(first, url, request);
      const second = await transport.send(url, { method: "GET", authorization: header, signal });
      await second.body?.cancel();
      if (second.ok) return identityToken;
      throw refusal(url, second);
    } catch (thrown) {
      failure = thrown;
      // A rejected login is a result, not an error.
      if (thrown instanceof RegistryError && thrown.httpStatus === UNAUTHORIZED) {
        throw new BerthError("unauthorized", thrown.message, thrown);
      }
      if (!(thrown instanceof TransportError)) throw thrown;
    }
  }
  throw failure;
}

function refusal(url: URL, { status, statusText }: Response): BerthError {
  const kind = status === UNAUTHORIZED ? "unauthorized" : "internal";
  return new BerthError(kind, `login attempt to ${withoutQuery(url)} failed with status: ${status} ${statusText}`);
}
