// `--output` of a build: exports the image's files into a local directory or archive.
import { mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { Bytes } from "../../client/streams.ts";
import { unpackFiles, withoutFiles } from "../copy/tar-program.ts";
import { FlagValueError } from "../flags/flag.ts";
import { splitCommas } from "../flags/kinds.ts";
import { writeArchive } from "../output/archive.ts";
import type { Session } from "../session.ts";

export type BuildOutput =
  /** The default. */
  | { type: "image" }
  | { type: "local"; directory: string }
  /** "" is standard output. */
  | { type: "tar"; file: string };

const IMAGE: BuildOutput = { type: "image" };

function tarOutput(destination: string | undefined): BuildOutput {
  if (!destination) throw new FlagValueError('dest is required for "tar"; "-" is standard output');
  return { type: "tar", file: destination === "-" ? "" : destination };
}

/** "DIRECTORY", "-", "type=local,dest=DIRECTORY", "type=tar,dest=FILE", "type=docker". @throws FlagValueError */
export function readBuildOutput(given: string): BuildOutput {
  if (given === "-") return tarOutput(given);
  if (!given.includes("=")) return { type: "local", directory: given };
  const fields = new Map(
    splitCommas(given).map((part) => {
      const [key = "", value = ""] = part.split(/=(.*)/s);
      return [key.toLowerCase(), value];
    }),
  );
  const { type, dest, ...others } = Object.fromEntries(fields);
  const [other] = Object.keys(others);
  if (other !== undefined) throw new FlagValueError(`unexpected key '${other}' in '${given}'`);
  switch (type) {
    case "docker":
    case "image":
      if (dest !== undefined) throw new FlagValueError("the engine keeps the image; 'save' writes it to a file");
      return IMAGE;
    case "local":
      if (!dest) throw new FlagValueError('dest is required for "local"');
      return { type, directory: dest };
    case "tar":
      return tarOutput(dest);
    default:
      throw new FlagValueError(
        `there is no output of type ${JSON.stringify(type ?? "")}; there are docker, local, tar`,
      );
  }
}

/** Files that the engine creates in every container. */
const ENGINE_FILES = [".dockerenv", "dev", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf", "proc", "sys"];

async function unpack(archive: Bytes, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const before = new Set(readdirSync(directory));
  await unpackFiles(archive, directory);
  const etc = join(directory, "etc");
  if (!before.has("etc") && readdirSync(directory).includes("etc") && readdirSync(etc).length === 0) rmdirSync(etc);
}

/** Exports a container that is never started: every engine supports that. */
export async function writeBuildOutput(session: Session, image: string, output: BuildOutput): Promise<void> {
  if (output.type === "image") return;
  const berth = await session.berth();
  const { Id } = await berth.containers.create({ Image: image, Cmd: ["none"] });
  try {
    const open = () => withoutFiles(berth.containers.export(Id), ENGINE_FILES);
    if (output.type === "local") await unpack(open(), output.directory);
    else await writeArchive(session, output.file, "failed to write the output", open);
  } finally {
    await berth.containers.remove(Id, { force: true, volumes: true });
  }
}
