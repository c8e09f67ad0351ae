// COPY and ADD: files of the context, of stages and images, of URLs and here-documents.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { BerthError, isKind, prefixed } from "../../api/errors.ts";
import type { Stage } from "../../dockerfile/dockerfile.ts";
import type { CopyInstruction } from "../../dockerfile/instruction.ts";
import { expandDocument } from "../../dockerfile/variables.ts";
import type { Selected, SourceRoot } from "../../storage/build/messages.ts";
import type { Source } from "../../storage/build/spawn.ts";
import { download, isUrl } from "./downloads.ts";
import type { StageState } from "./stage.ts";
import type { Steps } from "./step.ts";

/** As BuildKit tells them from other URLs. */
const GIT_REPOSITORY = /\.git(?:#.*)?$/;

/** Files from one place. */
interface Taken {
  root: SourceRoot;
  selected: Selected[];
  digest: string;
  /** Whether archives become what is in them. */
  unpacks: boolean;
}

export async function copyStep(
  steps: Steps,
  stage: Stage,
  state: StageState,
  instruction: CopyInstruction,
): Promise<void> {
  const shown = instruction.name.toUpperCase();
  const destination = destinationOf(state, state.expand(instruction.destination));
  const taken = await takeAll(steps, stage, state, instruction, destination);
  if (taken.flatMap(({ selected }) => selected).length > 1 && !destination.endsWith("/")) {
    throw new BerthError(
      "invalidParameter",
      `When using ${shown} with more than one source file, the destination must be a directory and end with a /`,
    );
  }
  const [owner, mode] = [state.expand(instruction.chown), state.expand(instruction.chmod)];
  const flags = [
    ...(owner === "" ? [] : [`--chown=${owner}`]),
    ...(mode === "" ? [] : [`--chmod=${mode}`]),
    ...(instruction.keepsParents ? ["--parents"] : []),
  ];
  const words = [shown, ...flags, digestOf(taken), "in", state.expand(instruction.destination)];
  const createdBy = state.comment(`${words.join(" ")} `, "");
  if (await steps.isCached(state, createdBy)) return;
  await steps.commit(state, {
    createdBy,
    layer: {
      change: {
        type: "copy",
        sources: taken.map(({ root, selected, unpacks }) => ({ root, selected, unpacks })),
        exclude: [...instruction.exclude],
        keepsParents: instruction.keepsParents,
        destination,
        owner,
        mode,
      },
    },
  });
}

/** Absolute; what is meant for a directory ends with a slash. */
function destinationOf(state: StageState, wanted: string): string {
  const path = posix.resolve(state.config.WorkingDir || "/", wanted);
  return /(?:^|\/)\.?$/.test(wanted) && path !== "/" ? `${path}/` : path;
}

async function takeAll(
  steps: Steps,
  stage: Stage,
  state: StageState,
  instruction: CopyInstruction,
  destination: string,
): Promise<Taken[]> {
  const shown = instruction.name.toUpperCase();
  const paths = instruction.sources.map((source) => state.expand(source));
  const urls = paths.filter(isUrl);
  if (urls.length > 0 && instruction.name === "copy") {
    throw new BerthError("invalidParameter", "COPY failed: source can't be a URL for COPY");
  }
  const files = paths.filter((path) => !isUrl(path));
  if (instruction.checksum !== "" && files.length + instruction.documents.length > 0) {
    throw new BerthError("invalidParameter", "ADD failed: checksum can't be specified for non-HTTP(S) sources");
  }
  const repository = urls.find((url) => GIT_REPOSITORY.test(url));
  if (repository !== undefined) {
    throw new BerthError(
      "notImplemented",
      `ADD failed: ${repository} is a git repository, which this builder does not clone; it can be a build's context`,
    );
  }
  const image = instruction.from === "" ? undefined : await steps.imageOf(stage, instruction.from);
  const taken: Taken[] = [];
  try {
    if (instruction.documents.length > 0) taken.push(takeDocuments(steps, state, instruction));
    if (files.length > 0) {
      const source = image ? steps.parts.sources.ofImage(image) : steps.parts.sources.context;
      taken.push(await takeFiles(source, files, instruction));
    }
    for (const url of urls) taken.push(await takeUrl(steps, url, instruction.checksum, destination));
    return taken;
  } catch (thrown) {
    steps.parts.signal.throwIfAborted();
    const isOfContext = isKind(thrown, "notFound") && thrown.message.startsWith("stat ") && image === undefined;
    const where = isOfContext ? ": file not found in build context or excluded by .dockerignore" : "";
    throw prefixed(`${shown} failed${where}`, thrown);
  }
}

async function takeFiles(source: Source, paths: string[], instruction: CopyInstruction): Promise<Taken> {
  const { keepsParents, exclude, name } = instruction;
  const { selected, digest } = await source.select({ paths, exclude: [...exclude], keepsParents });
  return { root: source.root, selected, digest, unpacks: name === "add" };
}

/** Here-documents become files of the build's own. */
function takeDocuments(steps: Steps, state: StageState, { documents }: CopyInstruction): Taken {
  const path = steps.newPath();
  const hash = new Bun.CryptoHasher("sha256");
  mkdirSync(path, { mode: 0o700 });
  for (const { name, content, expands } of documents) {
    const text = expands ? expandDocument(content, state.lookup) : content;
    writeFileSync(join(path, name), text, { flag: "wx", mode: 0o644 });
    hash.update(`${name}\0${text}\0`);
  }
  const selected = documents.map(({ name }) => ({ path: name, name, isDirectory: false }));
  return { root: { type: "directory", path }, selected, digest: `file:${hash.digest("hex")}`, unpacks: false };
}

/** What comes from a URL is not unpacked. */
async function takeUrl(steps: Steps, url: string, checksum: string, destination: string): Promise<Taken> {
  const path = steps.newPath();
  const { name, file, digest } = await download(url, path, steps.parts.signal);
  if (checksum !== "" && checksum !== digest) {
    throw new BerthError("invalidParameter", `digest mismatch ${digest}: ${checksum}`);
  }
  if (name === "" && destination.endsWith("/")) {
    throw new BerthError("invalidParameter", `cannot determine filename for source ${url}`);
  }
  const hash = new Bun.CryptoHasher("sha256").update(`${name}\0${digest}`).digest("hex");
  return {
    root: { type: "directory", path },
    selected: [{ path: file, name: file, isDirectory: false }],
    digest: `file:${hash}`,
    unpacks: false,
  };
}

/** One digest as it is, of several one of them all. */
function digestOf(taken: readonly Taken[]): string {
  const [only, ...others] = taken;
  if (only === undefined) return "";
  if (others.length === 0) return only.digest;
  const hash = new Bun.CryptoHasher("sha256").update(taken.map(({ digest }) => digest).join(","));
  return `multi:${hash.digest("hex")}`;
}
