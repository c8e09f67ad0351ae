// Opens the build context (PATH, URL or "-") as an archive.
import { existsSync } from "node:fs";
import type { Bytes } from "../../client/streams.ts";
import { unpackFiles } from "../copy/tar-program.ts";
import { CommandError } from "../failure.ts";
import { isArchive, peek } from "./archive.ts";
import { type BuildContext, contextWithFile, contextWithText, ownDirectory } from "./directory.ts";
import type { Place } from "./dockerfile.ts";
import { temporaryDirectory } from "./temporary.ts";

/** Reports the progress of a download; `total` is its size in bytes, if known. */
export type Metering = (bytes: Bytes, total: number | undefined) => Bytes;

const STDIN = "-";

const refusal = (reason: string): CommandError => new CommandError(`unable to prepare context: ${reason}`);

/**
 * @param place a directory, an address, or "-" for standard input
 * @param dockerfile "" for the usual one, "-" for standard input
 * @throws CommandError in Docker's words
 */
export async function openContext(place: string, dockerfile: string, metering: Metering): Promise<BuildContext> {
  if (place === STDIN) {
    if (dockerfile === STDIN) {
      throw new CommandError("invalid argument: can't use stdin for both build context and dockerfile");
    }
    return streamedContext(Bun.stdin.stream(), dockerfile);
  }
  if (existsSync(place)) return directoryContext(ownDirectory(place), process.cwd(), dockerfile);
  const { fetchRepository, isGitAddress } = await import("./git.ts");
  if (isGitAddress(place)) {
    const directory = await fetchRepository(place);
    return directoryContext({ directory, foreign: true }, directory, dockerfile);
  }
  if (/^https?:\/\//.test(place)) return downloadedContext(place, dockerfile, metering);
  throw refusal(`path ${JSON.stringify(place)} not found`);
}

async function directoryContext(place: Place, base: string, dockerfile: string): Promise<BuildContext> {
  if (dockerfile === STDIN) return contextWithText(place, await Bun.stdin.bytes());
  return contextWithFile(place, base, dockerfile);
}

async function downloadedContext(address: string, dockerfile: string, metering: Metering): Promise<BuildContext> {
  const { download } = await import("./remote.ts");
  const { bytes, total } = await download(address);
  const { beginning, whole } = await peek(metering(bytes, total));
  if (dockerfile !== STDIN) return streamedContext(whole, dockerfile);
  if (!isArchive(beginning)) throw refusal("build context is not an archive");
  const directory = temporaryDirectory();
  await unpackFiles(whole, directory);
  return directoryContext({ directory, foreign: true }, directory, dockerfile);
}

/** An archive, or a Dockerfile without a context. */
async function streamedContext(bytes: Bytes, dockerfile: string): Promise<BuildContext> {
  const { beginning, whole } = await peek(bytes);
  if (isArchive(beginning)) return { archive: whole, dockerfile };
  if (dockerfile !== "") {
    throw refusal("ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles");
  }
  const directory = temporaryDirectory();
  await Bun.write(`${directory}/Dockerfile`, Buffer.concat(await Array.fromAsync(whole)));
  return directoryContext({ directory, foreign: true }, directory, "");
}
