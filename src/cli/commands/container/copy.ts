// `berth cp`: copies files between a container and this machine.
import { existsSync, lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { Bytes } from "../../../client/streams.ts";
import { streamOf } from "../../byte-stream.ts";
import { command, exactly } from "../../command.ts";
import { destinationInfo, isDirectoryMode, sourcePath } from "../../copy/container-paths.ts";
import { type CopySide, type PathInfo, parseSide, place } from "../../copy/paths.ts";
import { packFiles, unpackFiles } from "../../copy/tar-program.ts";
import { renameTopEntry } from "../../copy/tar-rename.ts";
import { CommandError } from "../../failure.ts";
import type { FlagValues } from "../../flags/flag.ts";
import { toggle } from "../../flags/kinds.ts";
import { transferMeter } from "../../output/transfer-meter.ts";
import { humanSize } from "../../output/units.ts";
import type { Session } from "../../session.ts";

const flags = {
  archive: toggle("Archive mode (copy all uid/gid information)", { short: "a" }),
  "follow-link": toggle("Always follow symbol link in SRC_PATH", { short: "L" }),
  quiet: toggle(
    "Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached",
    { short: "q" },
  ),
};

type Values = FlagValues<typeof flags>;

/** Counts the bytes of a copy and prints the total on a terminal. */
class CopyReport {
  bytes = 0;
  readonly #session: Session;
  readonly #visible: boolean;

  constructor(session: Session, quiet: boolean) {
    this.#session = session;
    this.#visible = !quiet && session.stderr.isTerminal;
  }

  async *counting(bytes: Bytes): AsyncGenerator<Uint8Array> {
    const meter = this.#visible ? transferMeter(this.#session.stderr, "Copying") : undefined;
    for await (const chunk of meter ? meter.counting(bytes) : bytes) {
      this.bytes += chunk.length;
      yield chunk;
    }
    meter?.end();
  }

  async end(where: string): Promise<void> {
    if (!this.#visible) return;
    await this.#session.stderr.line(`Successfully copied ${humanSize(this.bytes, 3)} to ${where}`);
  }
}

function localInfo(path: string): PathInfo {
  const found = lstatSync(path, { throwIfNoEntry: false }) && statSync(path, { throwIfNoEntry: false });
  return { path, exists: found !== undefined, isDirectory: found?.isDirectory() ?? false };
}

/** Makes a path absolute but keeps a trailing "/" or "/.", which marks a directory. */
function absolute(path: string): string {
  const end = /\/\.?$/.exec(path)?.[0] ?? (path === "." ? "/." : "");
  return resolve(path) + (end === "" || resolve(path) === "/" ? "" : end);
}

async function copyOut(session: Session, container: string, from: string, to: string, values: Values): Promise<void> {
  if (to !== "-" && !existsSync(dirname(absolute(to)))) {
    throw new CommandError(`invalid output path: directory ${JSON.stringify(dirname(to))} does not exist`);
  }
  const berth = await session.berth();
  const path = await sourcePath(berth, container, from, values["follow-link"]);
  const { stat, archive } = await berth.containers.getArchive(container, path);
  if (to === "-") {
    for await (const chunk of archive) await session.stdout.write(chunk);
    return;
  }
  const source = { path, exists: true, isDirectory: isDirectoryMode(stat.mode) };
  const { directory, rename } = place(source, localInfo(absolute(to)));
  const report = new CopyReport(session, values.quiet);
  const counted = report.counting(archive);
  await unpackFiles(rename ? renameTopEntry(counted, rename.from, rename.to) : counted, directory);
  await report.end(to);
}

interface LocalSource {
  info: PathInfo;
  directory: string;
  /** The entry of `directory` to pack; "." packs everything. */
  base: string;
  /** The name at the destination: the name before a symbolic link was followed. */
  name: string;
}

/** Resolves a symbolic link completely. @throws CommandError when its target does not exist */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const target = resolve(dirname(path), readlinkSync(path));
    throw new CommandError(`lstat ${target}: no such file or directory`);
  }
}

/** @throws CommandError when there is no such file */
function localSource(path: string, followLink: boolean): LocalSource {
  const whole = absolute(path);
  const bare = whole.replace(/(?<=.)\/\.?$/, "");
  const found = lstatSync(bare, { throwIfNoEntry: false });
  if (!found) throw new CommandError(`lstat ${bare}: no such file or directory`);
  const follows = followLink || bare !== whole;
  const real = follows ? realPath(bare) : bare;
  const info = { path: whole, exists: true, isDirectory: (follows ? statSync(real) : found).isDirectory() };
  if (bare !== whole && !info.isDirectory) throw new CommandError("not a directory");
  if (whole.endsWith("/.")) return { info, directory: real, base: ".", name: "." };
  return { info, directory: dirname(real), base: basename(real) || ".", name: basename(bare) || "." };
}

async function copyIn(session: Session, from: string, container: string, to: string, values: Values): Promise<void> {
  const berth = await session.berth();
  const options = { noOverwriteDirNonDir: true, copyUidGid: values.archive };
  if (from === "-") {
    const destination = await destinationInfo(berth, container, to);
    if (!destination.isDirectory)
      throw new CommandError(`destination ${JSON.stringify(`${container}:${to}`)} must be a directory`);
    await berth.containers.putArchive(container, destination.path, Bun.stdin.stream(), options);
    return;
  }
  const { info, directory, base, name } = localSource(from, values["follow-link"]);
  const destination = await destinationInfo(berth, container, to);
  const placement = place(info, destination);
  const target = placement.rename?.to ?? name;
  const packed = packFiles(directory, base);
  const report = new CopyReport(session, values.quiet);
  const archive = report.counting(target === base ? packed : renameTopEntry(packed, base, target));
  await berth.containers.putArchive(container, placement.directory, streamOf(archive), options);
  await report.end(`${container}:${to}`);
}

export const copy = command({
  usage: ["[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-", "[OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH"],
  description: `Copy files/folders between a container and the local filesystem

Use '-' as the source to read a tar archive from stdin
and extract it to a directory destination in a container.
Use '-' as the destination to stream a tar archive of a
container source to stdout.`,
  arity: exactly(2),
  complete: ["containers", "containers"],
  flags,
  examples: [
    ["cp web:/var/log/nginx ./logs", "A directory out of a container"],
    ["cp site.conf web:/etc/nginx/conf.d/", "A file into one"],
  ],
  async run({ session, flags: values, args }) {
    const [from = "", to = ""] = args;
    if (from === "") throw new CommandError("source can not be empty");
    if (to === "") throw new CommandError("destination can not be empty");
    const [source, destination]: CopySide[] = [parseSide(from), parseSide(to)];
    if (source?.container !== undefined && destination?.container !== undefined) {
      throw new CommandError("copying between containers is not supported");
    }
    if (source?.container !== undefined) return copyOut(session, source.container, source.path, to, values);
    if (destination?.container !== undefined) {
      return copyIn(session, from, destination.container, destination.path, values);
    }
    throw new CommandError("must specify at least one container source");
  },
});
