// Credential helpers: programs named `docker-credential-NAME` that store logins in a keychain.
import type { RegistryCredentials } from "../../api/images.ts";
import type { Configuration } from "../config/configuration.ts";

const TOKEN_USER = "<token>";
const DEADLINE_MILLISECONDS = 60_000;
const NOT_FOUND = "credentials not found in native keychain";

/** The helper could not be run, or failed. */
export class HelperError extends Error {}

/** The NAME of the `docker-credential-NAME` helper for a server. */
export function helperFor(configuration: Configuration, server: string): string | undefined {
  return configuration.credHelpers?.[server] ?? (configuration.credsStore || undefined);
}

const doing = { get: "getting", store: "storing", erase: "erasing", list: "listing" } as const;

/** Returns the helper's output; "" when it has no such login. @throws HelperError */
async function run(helper: string, verb: keyof typeof doing, input: string): Promise<string> {
  const name = `docker-credential-${helper}`;
  const failure = (reason: string, output: string): HelperError =>
    new HelperError(`error ${doing[verb]} credentials - err: ${reason}, out: \`${output}\``);
  const program = Bun.which(name);
  if (!program) throw failure(`exec: "${name}": executable file not found in $PATH`, "");
  const child = Bun.spawn([program, verb], {
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "inherit",
    timeout: DEADLINE_MILLISECONDS,
  });
  const [output, code] = await Promise.all([child.stdout.text(), child.exited]);
  if (code === 0) return output;
  if (output.includes(NOT_FOUND)) return "";
  throw failure(`exit status ${code}`, output.trim());
}

/** @throws HelperError */
export async function getFromHelper(helper: string, server: string): Promise<RegistryCredentials | undefined> {
  const output = await run(helper, "get", server);
  if (output === "") return undefined;
  const { Username, Secret }: { Username: string; Secret: string } = JSON.parse(output);
  return Username === TOKEN_USER ? { identitytoken: Secret } : { username: Username, password: Secret };
}

/** @throws HelperError */
export async function storeInHelper(
  helper: string,
  server: string,
  { username, password, identitytoken }: { username: string; password: string; identitytoken?: string },
): Promise<void> {
  const login = identitytoken
    ? { ServerURL: server, Username: TOKEN_USER, Secret: identitytoken }
    : { ServerURL: server, Username: username, Secret: password };
  await run(helper, "store", JSON.stringify(login));
}

/** @throws HelperError */
export async function eraseFromHelper(helper: string, server: string): Promise<void> {
  await run(helper, "erase", server);
}

/** The servers whose logins the helper stores. @throws HelperError */
export async function listInHelper(helper: string): Promise<string[]> {
  const output = await run(helper, "list", "");
  const users: Record<string, string> = output === "" ? {} : JSON.parse(output);
  return Object.keys(users);
}
