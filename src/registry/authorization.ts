// Answers a registry's challenge with the password, or with a token from the service that the registry names.
import * as v from "valibot";
import { BerthError } from "../api/errors.ts";
import { readJson } from "./bodies.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { RegistryCredentials } from "./credentials.ts";
import { NoCredentialsError, RegistryError, registryError, requestWords } from "./errors.ts";
import type { Transport } from "./transport.ts";

const CLIENT_ID = "berth";
/** As much as Docker reads; tokens of real services have a few kilobytes. */
const MAX_TOKEN_ANSWER = 1024 * 1024;

const tokenSchema = v.object({
  token: v.optional(v.string()),
  access_token: v.optional(v.string()),
  refresh_token: v.optional(v.string()),
});

export interface Authorized {
  header: string;
  /** A token to keep instead of the password, if one was requested. */
  identityToken?: string | undefined;
}

export interface AuthorizationRequest {
  transport: Transport;
  credentials: RegistryCredentials | undefined;
  /** Such as "repository:library/busybox:pull". */
  scopes: readonly string[];
  /** Requests a token to keep instead of the password. */
  wantsIdentityToken?: boolean;
  signal?: AbortSignal | undefined;
}

/**
 * The Authorization header for the challenge of a 401.
 * @throws NoCredentialsError without credentials, RegistryError when a token is refused
 */
export async function authorize(refusal: Response, url: URL, request: AuthorizationRequest): Promise<Authorized> {
  const challenges = parseChallenges(refusal.headers.get("www-authenticate") ?? "");
  const { credentials } = request;
  if (credentials?.registryToken) return { header: `Bearer ${credentials.registryToken}` };
  const bearer = challenges.find(({ scheme }) => scheme === "bearer");
  if (bearer) return tokenFor(url, bearer, request);
  if (challenges.some(({ scheme }) => scheme === "basic")) {
    if (!credentials?.username) throw new NoCredentialsError(wordsOf(url));
    await request.transport.refuseInTheClear(url);
    return { header: basic(credentials.username, credentials.password ?? "") };
  }
  throw (await registryError(refusal, "GET", url)).of(wordsOf(url));
}

/** Docker requests the manifest by HEAD first, so its message names that request. */
function wordsOf(url: URL): string {
  return requestWords(url.pathname.includes("/manifests/") ? "HEAD" : "GET", url);
}

async function tokenFor(url: URL, challenge: Challenge, request: AuthorizationRequest): Promise<Authorized> {
  try {
    return await fetchToken(challenge, request);
  } catch (thrown) {
    throw thrown instanceof RegistryError ? thrown.of(wordsOf(url)) : thrown;
  }
}

async function fetchToken(challenge: Challenge, request: AuthorizationRequest): Promise<Authorized> {
  const realm = URL.parse(challenge.parameters.get("realm") ?? "");
  if (!realm || !["http:", "https:"].includes(realm.protocol)) {
    throw new BerthError("internal", "the registry's challenge has no valid realm");
  }
  const service = challenge.parameters.get("service") ?? "";
  const wanted = challenge.parameters.get("scope");
  const scopes = [...new Set([...request.scopes, ...(wanted ? [wanted] : [])])];
  const { credentials, transport, signal, wantsIdentityToken = false } = request;
  if (credentials?.identityToken) {
    const form = new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: credentials.identityToken,
      service,
      client_id: CLIENT_ID,
      scope: scopes.join(" "),
    });
    await transport.refuseInTheClear(realm);
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    return readToken(
      await transport.send(realm, { method: "POST", headers, body: form.toString(), signal }),
      "POST",
      realm,
    );
  }
  if (service !== "") realm.searchParams.set("service", service);
  for (const scope of scopes) realm.searchParams.append("scope", scope);
  if (wantsIdentityToken) {
    realm.searchParams.set("offline_token", "true");
    realm.searchParams.set("client_id", CLIENT_ID);
  }
  if (!credentials?.username) return readToken(await transport.send(realm, { method: "GET", signal }), "GET", realm);
  await transport.refuseInTheClear(realm);
  realm.searchParams.set("account", credentials.username);
  const authorization = basic(credentials.username, credentials.password ?? "");
  return readToken(await transport.send(realm, { method: "GET", authorization, signal }), "GET", realm);
}

async function readToken(response: Response, method: string, realm: URL): Promise<Authorized> {
  if (!response.ok) throw await registryError(response, method, realm);
  const parsed = v.safeParse(tokenSchema, await readJson(response, MAX_TOKEN_ANSWER).catch(() => undefined));
  const token = parsed.success ? (parsed.output.token ?? parsed.output.access_token) : undefined;
  if (!parsed.success || !token)
    throw new BerthError("internal", "authorization server did not include a token in the response");
  return { header: `Bearer ${token}`, identityToken: parsed.output.refresh_token };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
