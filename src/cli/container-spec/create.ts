// Creates a container and pulls a missing image: shared by `create` and `run`.
import { closeSync, existsSync, openSync, rmSync, writeSync } from "node:fs";
import type { CreateContainerRequest } from "../../api/container-requests.ts";
import type { CreateContainerAnswer } from "../../api/containers.ts";
import { familiarReference, isIdentifier, parseReference, withDefaultTag } from "../../api/references.ts";
import type { CreateOptions } from "../../client/containers.ts";
import { ApiError } from "../../client/errors.ts";
import type { Berth } from "../../client/index.ts";
import { setting } from "../config/environment.ts";
import { CommandError } from "../failure.ts";
import { checkPlatform } from "../platform.ts";
import type { Session } from "../session.ts";
import { proxyVariables } from "./environment.ts";
import type { CreateValues } from "./request.ts";

/** The file of `--cidfile`: created first, removed again if creating the container fails. */
class IdFile {
  readonly #path: string;
  readonly #descriptor: number | undefined;
  #written = false;

  constructor(path: string) {
    this.#path = path;
    if (path === "") return;
    if (existsSync(path)) {
      throw new CommandError(`container ID file found, make sure the other container isn't running or delete ${path}`);
    }
    try {
      this.#descriptor = openSync(path, "wx", 0o644);
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      const reason = message.replace(/^\w+: (.*), open '.*'$/, "$1");
      throw new CommandError(`failed to create the container ID file: open ${path}: ${reason}`);
    }
  }

  write(id: string): void {
    if (this.#descriptor === undefined) return;
    writeSync(this.#descriptor, id);
    this.#written = true;
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    if (!this.#written) rmSync(this.#path, { force: true });
  }
}

/** True also for an image that exists for another platform only. */
function isMissingImage(thrown: unknown): boolean {
  return (
    thrown instanceof ApiError && thrown.status === 404 && /no such image|specified platform/i.test(thrown.message)
  );
}

/** @throws CommandError for an invalid value of `--pull` */
export function checkPullOption(pull: string): void {
  if (["always", "missing", "never", ""].includes(pull)) return;
  throw new CommandError(`invalid pull option: '${pull}': must be one of "always", "missing" or "never"`);
}

/** Depends on the API version: older engines take the container's MAC address, newer ones the endpoint's. */
async function placeMacAddress(session: Session, request: CreateContainerRequest, mac: string): Promise<void> {
  const { connection } = await session.berth();
  const { isOlderVersion } = await import("../../client/connection.ts");
  if (!isOlderVersion(await connection.negotiate(), "1.44")) return;
  request.MacAddress = mac;
  for (const endpoint of Object.values(request.NetworkingConfig?.EndpointsConfig ?? {})) {
    if (endpoint) delete endpoint.MacAddress;
  }
}

/** One attempt to create the container. @throws ApiError */
export type Create<T> = (berth: Berth, options: CreateOptions) => Promise<T>;

/** Creates the container with `create`, for which it pulls a missing image. @throws ApiError, CommandError */
export async function createContainer<T extends { created: CreateContainerAnswer }>(
  session: Session,
  flags: CreateValues,
  request: CreateContainerRequest,
  create: Create<T>,
): Promise<T> {
  const { Image: image = "" } = request;
  const reference = isIdentifier(image) ? undefined : withDefaultTag(parseReference(image));
  const platform = flags.platform || setting("DEFAULT_PLATFORM");
  checkPlatform(platform ?? "", "error parsing specified platform");
  const idFile = new IdFile(flags.cidfile);
  const progress = flags.quiet ? undefined : session.stderr;
  const pull = async () => {
    const { pullImage } = await import("../image-pull.ts");
    return pullImage(session, reference ?? parseReference(image), { platform, progress });
  };
  try {
    const [berth, configuration] = await Promise.all([session.berth(), session.configuration()]);
    request.Env = [...proxyVariables(configuration, berth.connection.host, request.Env ?? []), ...(request.Env ?? [])];
    if (flags["mac-address"] !== "") await placeMacAddress(session, request, flags["mac-address"]);
    if (flags.pull === "always") await pull();
    const attempt = () => create(berth, { name: flags.name, platform });
    const answer = await attempt().catch(async (thrown: unknown) => {
      if (!isMissingImage(thrown) || !reference || !["missing", ""].includes(flags.pull)) throw thrown;
      if (!flags.quiet) {
        await session.stderr.line(`Unable to find image '${familiarReference(reference)}' locally`);
      }
      await pull();
      return attempt();
    });
    for (const warning of answer.created.Warnings ?? []) await session.stderr.line(`WARNING: ${warning}`);
    idFile.write(answer.created.Id);
    return answer;
  } finally {
    idFile.close();
  }
}
