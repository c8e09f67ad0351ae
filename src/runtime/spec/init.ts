// Finds the init program of `--init`, which reaps children and forwards signals.
import { closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { BerthError } from "../../api/errors.ts";

/** In order of preference: Docker's, static tini, Podman's. */
const CANDIDATES = ["docker-init", "tini-static", "catatonit", "tini"];
const EXTRA_DIRECTORIES = [
  "/usr/libexec/docker",
  "/usr/libexec/podman",
  "/usr/local/libexec/podman",
  "/usr/lib/podman",
];

/**
 * The path of a statically linked init program, which runs in any root filesystem.
 * @param configured the daemon's --init-path: a path, a name, or "" for the first one found
 * @throws BerthError invalidParameter when there is none
 */
export function findInit(configured = ""): string {
  if (isAbsolute(configured)) {
    if (isExecutable(configured)) return configured;
    throw new BerthError("invalidParameter", `init program ${configured} is missing or not executable`);
  }
  const names = configured === "" ? CANDIDATES : [configured];
  const directories = [...(process.env.PATH ?? "").split(delimiter), ...EXTRA_DIRECTORIES];
  const found = names
    .flatMap((name) => directories.map((directory) => join(directory, name)))
    .find((path) => isExecutable(path) && isStatic(path));
  if (found !== undefined) return found;
  throw new BerthError(
    "invalidParameter",
    `no init program found for --init: install docker-init, tini or catatonit (looked for ${names.join(", ")})`,
  );
}

function isExecutable(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status?.isFile() === true && (status.mode & constants.S_IXUSR) !== 0;
}

const ELF_MAGIC = "\x7fELF";
const PROGRAM_INTERPRETER = 3;

/** A 64-bit little-endian ELF file without a PT_INTERP program header. */
function isStatic(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const header = Buffer.alloc(64);
    if (readSync(file, header, 0, 64, 0) < 64 || header.toString("latin1", 0, 4) !== ELF_MAGIC) return false;
    const offset = Number(header.readBigUInt64LE(32));
    const size = header.readUInt16LE(54);
    const headers = Buffer.alloc(size * header.readUInt16LE(56));
    readSync(file, headers, 0, headers.length, offset);
    for (let at = 0; at + 4 <= headers.length; at += size) {
      if (headers.readUInt32LE(at) === PROGRAM_INTERPRETER) return false;
    }
    return true;
  } finally {
    closeSync(file);
  }
}
