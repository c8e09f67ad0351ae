// Storage of logins: config.json, credential helpers, the environment; the same with `docker` and `berth`.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandResult } from "../support/command.ts";
import { type ClientName, dockerIsCurrent, installedClients, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { sharedBusyboxArchive } from "../support/images.ts";
import { publishImage } from "../support/publish.ts";
import { registryIsInstalled, startRegistry, type TestRegistry } from "../support/registry.ts";
import { lacks } from "../support/requirement.ts";
import { normalise } from "./compare/normalise.ts";

const user = { name: "anna", password: "pass:word" };

let daemon: TestDaemon;
let registry: TestRegistry;

beforeAll(async () => {
  if (!registryIsInstalled) return;
  [daemon, registry] = await Promise.all([startDaemon(), startRegistry({ user })]);
  const credentials = `${user.name}:${user.password}`;
  await publishImage(registry.url, "secret", "latest", { layers: [await sharedBusyboxArchive()], credentials });
  mkdirSync(at("bin"));
  mkdirSync(at("keychain"));
  writeFileSync(at("bin/docker-credential-kept"), keeper(at("keychain")), { mode: 0o755 });
  writeFileSync(at("bin/docker-credential-locked"), "#!/bin/sh\necho the keychain is locked\nexit 2\n", {
    mode: 0o755,
  });
});
afterAll(async () => {
  await daemon?.dispose();
  await registry?.dispose();
});
afterEach(() => {
  rmSync(at("client"), { recursive: true, force: true });
  for (const name of readdirSync(at("keychain"))) rmSync(at("keychain", name));
});

const at = (...names: string[]): string => join(daemon.directory, ...names);

/** A helper that keeps each login in a file, named by the server with its slashes turned. */
const keeper = (directory: string): string => `#!/bin/sh
cd ${directory} || exit 1
case $1 in
  store)
    login=$(cat)
    server=$(printf %s "$login" | sed 's/.*"ServerURL": *"\\([^"]*\\)".*/\\1/' | tr / _)
    printf %s "$login" > "$server" ;;
  get)
    server=$(tr / _)
    cat "$server" 2>/dev/null || { echo credentials not found in native keychain; exit 1; } ;;
  erase)
    server=$(tr / _)
    rm "$server" 2>/dev/null || { echo credentials not found in native keychain; exit 1; } ;;
esac
`;

const encoded = (password = user.password): string => btoa(`${user.name}:${password}`);

function configure(configuration: object): void {
  mkdirSync(at("client"), { recursive: true });
  writeFileSync(at("client/config.json"), JSON.stringify(configuration));
}
const configured = (): unknown => JSON.parse(readFileSync(at("client/config.json"), "utf8"));

const run = (client: ClientName, line: string, input?: string, env: Record<string, string> = {}) =>
  daemon.client(client, line.replace("{registry}", registry.host).split(" "), {
    ...(input === undefined ? {} : { input }),
    env: { PATH: `${at("bin")}:${process.env.PATH}`, ...env },
  });
const shown = ({ code, stdout, stderr }: CommandResult): unknown => [code, normalise(stdout), normalise(stderr)];

const PULL = "pull -q {registry}/secret";
const LOGIN = `login -u ${user.name} --password-stdin {registry}`;
const LOGOUT = "logout {registry}";
const pulled = (): unknown => [0, `${registry.host}/secret:latest\n`, ""];
const refused = (): unknown => [
  1,
  "",
  `Error response from daemon: Head "${registry.url}/v2/secret/manifests/latest": no basic auth credentials\n`,
];
const forgotten = (): unknown => [0, `Removing login credentials for ${registry.host}\n`, ""];

const clients = installedClients.filter((name) => name === "berth" || dockerIsCurrent);

describe.skipIf(lacks("docker-registry", registryIsInstalled)).each(clients)("%s keeps logins", (client) => {
  test.each(["credsStore", "credHelpers"])("in the helper named by %s", async (key) => {
    const helper = key === "credsStore" ? { credsStore: "kept" } : { credHelpers: { [registry.host]: "kept" } };
    configure(helper);
    expect(shown(await run(client, PULL))).toEqual(refused());
    expect(shown(await run(client, LOGIN, user.password))).toEqual([0, "Login Succeeded\n", ""]);
    expect(configured()).toEqual({ ...helper, auths: { [registry.host]: {} } });
    expect(JSON.parse(readFileSync(at("keychain", registry.host), "utf8"))).toEqual({
      ServerURL: registry.host,
      Username: user.name,
      Secret: user.password,
    });
    expect(shown(await run(client, PULL))).toEqual(pulled());
    expect(shown(await run(client, LOGOUT))).toEqual(forgotten());
    expect(configured()).toEqual({ ...helper, auths: {} });
    expect(existsSync(at("keychain", registry.host))).toBe(false);
    expect(shown(await run(client, PULL))).toEqual(refused());
  });

  test.each([
    ["locked", "exit status 2, out: `the keychain is locked`"],
    ["missing", 'exec: "docker-credential-missing": executable file not found in $PATH, out: ``'],
  ])("or says why not, with a helper that is %s", async (helper, reason) => {
    configure({ credsStore: helper });
    expect(shown(await run(client, PULL))).toEqual(refused());
    expect(shown(await run(client, LOGIN, user.password))).toEqual([
      1,
      "",
      `Error saving credentials: error storing credentials - err: ${reason}\n`,
    ]);
  });

  test("under any form of the registry's address", async () => {
    const [host, login] = [registry.host, { auth: encoded() }];
    configure({ auths: { [`https://${host}`]: login, [`http://${host}`]: login, "other.test": login } });
    expect(shown(await run(client, PULL))).toEqual(pulled());
    expect(shown(await run(client, LOGOUT))).toEqual(forgotten());
    expect(configured()).toEqual({ auths: { "other.test": login } });
  });

  test.each([
    ["%%%", "illegal base64 data at input byte 0"],
    [btoa("no colon"), "Invalid auth configuration file"],
  ])("and tells what is none: %s", async (auth, reason) => {
    configure({ auths: { [registry.host]: { auth } } });
    const { code, stderr } = await run(client, PULL);
    expect([code, stderr.split("\n")[0]]).toEqual([
      1,
      `WARNING: Error parsing config file (${at("client/config.json")}): ${reason}`,
    ]);
  });
});

// Docker's command knows the variable from 28.3 on.
describe.skipIf(lacks("docker-registry", registryIsInstalled))("DOCKER_AUTH_CONFIG", () => {
  const variable = (auths: unknown): Record<string, string> => ({ DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) });

  test("takes precedence over the file and a helper", async () => {
    const env = variable({ [registry.host]: { auth: encoded() } });
    configure({ auths: { [registry.host]: { auth: encoded("wrong") } } });
    expect(shown(await run("berth", PULL, undefined, env))).toEqual(pulled());
    configure({ credsStore: "locked" });
    expect(shown(await run("berth", PULL, undefined, env))).toEqual(pulled());
  });

  test.each<[string, string]>([
    ["{", "JSON Parse error"],
    ['{"auths":{"x":{}}}', "DOCKER_AUTH_CONFIG environment variable is missing key `auth` for x"],
    ['{"auths":{"x":{"auth":"%"}}}', "illegal base64 data at input byte 0"],
  ])("that cannot be read is told and left out: %s", async (text, reason) => {
    configure({ auths: { [registry.host]: { auth: encoded() } } });
    const { code, stderr } = await run("berth", PULL, undefined, { DOCKER_AUTH_CONFIG: text });
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(`Failed to create credential store from DOCKER_AUTH_CONFIG: ${reason}`),
    ]);
  });

  test("causes a warning at login, which has no effect while it is set", async () => {
    const env = variable({ [registry.host]: { auth: encoded() } });
    const { code, stderr } = await run("berth", LOGIN, user.password, env);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^WARNING: DOCKER_AUTH_CONFIG is set and takes precedence/),
    ]);
  });
});
