// `berth login`: checks credentials with a registry and stores them.
import type { RegistryCredentials } from "../../../api/images.ts";
import { ApiError } from "../../../client/errors.ts";
import { isTerminal } from "../../../linux/terminal.ts";
import { atMost, command } from "../../command.ts";
import { warnOfEnvironment } from "../../credentials/environment.ts";
import { DOCKER_HUB_SERVER, findCredentials, storeCredentials } from "../../credentials/store.ts";
import { CommandError } from "../../failure.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { failureText } from "../../report.ts";
import type { Session } from "../../session.ts";
import { ask, promptHidden } from "../../terminal/prompt.ts";

const HUB_INTRODUCTION = `Log in with your Docker ID or email address to push and pull images from Docker Hub. If you don't have a Docker ID, head over to https://hub.docker.com/ to create one.
You can log in with your password or a Personal Access Token (PAT). Using a limited-scope PAT grants better security and is required for organizations using SSO. Learn more at https://docs.docker.com/go/access-tokens/
`;

const unencrypted = (path: string): string => `
WARNING! Your credentials are stored unencrypted in '${path}'.
Configure a credential helper to remove this warning. See
https://docs.docker.com/go/credential-store/
`;

/** The address without scheme and path: the key of a stored login. */
export function serverFromArgument(argument: string | undefined): string {
  if (argument === undefined || argument === DOCKER_HUB_SERVER) return DOCKER_HUB_SERVER;
  const host = argument.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return ["docker.io", "index.docker.io", "registry-1.docker.io"].includes(host) ? DOCKER_HUB_SERVER : host;
}

interface Wanted {
  username: string;
  password: string;
}

/** Prompts for missing values. @throws CommandError without a terminal */
async function complete(session: Session, server: string, given: Wanted, known = ""): Promise<Wanted> {
  if (given.username !== "" && given.password !== "") return given;
  if (!isTerminal(0)) throw new CommandError("Error: Cannot perform an interactive login from a non TTY device");
  if (server === DOCKER_HUB_SERVER && given.username === "") await session.stdout.line(HUB_INTRODUCTION);
  const question = known === "" ? "Username: " : `Username (${known}): `;
  const username = given.username || (await ask(session, question)) || known;
  if (username === "") throw new CommandError("Error: Non-null Username Required");
  const password = given.password || (await promptHidden(session, "Password: "));
  if (password === "") throw new CommandError("Error: Password Required");
  return { username, password };
}

async function authenticate(session: Session, server: string, credentials: RegistryCredentials): Promise<void> {
  const berth = await session.berth();
  const { Status, IdentityToken } = await berth.system.authenticate({ ...credentials, serveraddress: server });
  const { username = "", password = "" } = credentials;
  if (await storeCredentials(session, server, { username, password, identitytoken: IdentityToken })) {
    await session.stderr.line(unencrypted(`${session.options.config}/config.json`));
  }
  await session.stdout.line(Status || "Login Succeeded");
}

/** Tries the stored credentials; false when they are no longer valid. */
async function tryExisting(session: Session, server: string, known: RegistryCredentials): Promise<boolean> {
  const { program, stderr } = session;
  await stderr.line(`Authenticating with existing credentials... [Username: ${known.username}]`);
  await stderr.line(`
 Info -> To login with a different account, run '${program} logout' followed by '${program} login'

`);
  try {
    await authenticate(session, server, known);
    return true;
  } catch (thrown) {
    const isRefused = thrown instanceof ApiError && thrown.status === 401;
    const reason = isRefused
      ? "Stored credentials invalid or expired"
      : `Login did not succeed, error: ${failureText(thrown)}`;
    await stderr.line(reason);
    return false;
  }
}

async function secretFromInput(): Promise<string> {
  return (await Bun.stdin.text()).replace(/[\r\n]+$/, "");
}

export const login = command({
  usage: "[OPTIONS] [SERVER]",
  description: "Authenticate to a registry.\nDefaults to Docker Hub if no server is specified.",
  arity: atMost(1),
  flags: {
    password: text("Password or Personal Access Token (PAT)", { short: "p" }),
    "password-stdin": toggle("Take the Password or Personal Access Token (PAT) from stdin"),
    username: text("Username", { short: "u" }),
  },
  async run({ session, flags, given, args }) {
    const fromInput = flags["password-stdin"];
    if (flags.password !== "") {
      if (fromInput) throw new CommandError("conflicting options: cannot specify both --password and --password-stdin");
      await session.stderr.line("WARNING! Using --password via the CLI is insecure. Use --password-stdin.");
    }
    if (fromInput && flags.username === "") {
      throw new CommandError("the --password-stdin option requires --username to be set");
    }
    await warnOfEnvironment(session.stderr);
    const server = serverFromArgument(args[0]);
    const hasNoFlags = !given.has("username") && !given.has("password") && !fromInput;
    const known = hasNoFlags ? await findCredentials(session, server) : undefined;
    if (known?.username && known.password && (await tryExisting(session, server, known))) return;
    const password = fromInput ? await secretFromInput() : flags.password;
    const credentials = await complete(session, server, { username: flags.username, password }, known?.username);
    await authenticate(session, server, credentials);
  },
});
