// The job "layer": applies a change in an overlay's upper directory and packs it as a layer.

import { closeSync, constants, createReadStream, mkdirSync, openSync } from "node:fs";
import { chdir } from "node:process";
import { createInterface } from "node:readline";
import * as v from "valibot";
import { BerthError, messageOf } from "../../api/errors.ts";
import { PatternMatcher } from "../../api/pattern-matcher.ts";
import { isErrno } from "../../linux/errno.ts";
import { changeDirectory, changeRoot } from "../../linux/files.ts";
import { MS_NODEV, MS_NOSUID, mount } from "../../linux/mount.ts";
import { enterPrivateMounts } from "../../linux/mount-namespace.ts";
import { DISK_FULL } from "../disk-watch.ts";
import { TreeCopier } from "../files/tree-copy.ts";
import { mountRootFilesystem } from "../rootfs.ts";
import { packChanges } from "../worker/pack-changes.ts";
import { type Archives, openArchives, unpackInto } from "./archives.ts";
import { copySelected, makeDirectories } from "./copy-files.ts";
import { modeChange } from "./file-mode.ts";
import {
  type Answer,
  type LayerChange,
  type LayerTask,
  layerTaskSchema,
  QUESTIONS_DESCRIPTOR,
  type Selected,
  type SourceRoot,
} from "./messages.ts";
import { type FileOwner, ownerOf } from "./owner.ts";
import { removePlaceholders } from "./placeholders.ts";
import { sizeOfFiles } from "./size.ts";
import { STAGE } from "./stage.ts";
import { clampTimes } from "./times.ts";

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;

export async function layerJob(tell: (answer: Answer) => void): Promise<void> {
  const questions = createInterface({ input: createReadStream("", { fd: QUESTIONS_DESCRIPTOR }) });
  const { value: line, done } = await questions[Symbol.asyncIterator]().next();
  if (!done) await makeLayer(v.parse(layerTaskSchema, JSON.parse(line)), tell);
}

async function makeLayer(job: LayerTask, tell: (answer: Answer) => void): Promise<void> {
  const archive = openSync(job.archive, "w");
  const lower = job.lower.map((path) => openSync(path, DIRECTORY));
  const upper = openSync(job.upper, DIRECTORY);
  await make(job);
  changeDirectory(upper);
  changeRoot(".");
  chdir("/");
  if (job.change.type === "adopt") removePlaceholders(job.change.placeholders, lower);
  if (job.epoch !== undefined) clampTimes(Buffer.from("/"), job.epoch);
  const { digest, size, isEmpty } = packChanges(archive, lower);
  closeSync(archive);
  tell({ type: "layer", diffId: digest, archiveSize: size, size: sizeOfFiles("/"), isEmpty });
}

/** Applies the change in the merged view of the layers, which becomes this process's root. */
async function make(job: LayerTask): Promise<void> {
  const { change, lower, upper, work } = job;
  if (change.type === "adopt") return;
  const copies = change.type === "copy" ? await openAll(change) : [];
  enterPrivateMounts();
  mount("tmpfs", STAGE, "tmpfs", MS_NOSUID | MS_NODEV);
  const sources = copies.map((copy, index) => ({ ...copy, directory: openSource(copy.root, String(index)) }));
  mkdirSync(`${STAGE}/target`);
  mountRootFilesystem({ lower, upper, work, target: `${STAGE}/target` });
  changeRoot(`${STAGE}/target`);
  try {
    if (change.type === "directory") makeDirectories(change.path, ownerOrRoot(change.owner));
    else await copyAll(change, sources);
  } catch (thrown) {
    throw describe(thrown);
  }
}

/** An unknown user is reported later, by the command that runs as that user. */
function ownerOrRoot(text: string): FileOwner {
  try {
    return ownerOf(text);
  } catch {
    return { uid: 0, gid: 0 };
  }
}

type Copy = Extract<LayerChange, { type: "copy" }>;

interface OpenCopy {
  root: SourceRoot;
  selected: readonly Selected[];
  /** Selected archives to extract. */
  archives: Archives;
}

async function openAll({ sources }: Copy): Promise<OpenCopy[]> {
  const copies: OpenCopy[] = [];
  for (const { root, selected, unpacks } of sources) {
    // Only archives from a context are extracted.
    const archives = unpacks && root.type === "directory" ? await openArchives(root.path, selected) : new Map();
    copies.push({ root, selected, archives });
  }
  return copies;
}

/** Opens a source's root: it becomes the working directory, which survives a change of root. */
function openSource(root: SourceRoot, name: string): number {
  if (root.type === "directory") return openSync(root.path, DIRECTORY);
  mkdirSync(`${STAGE}/${name}`);
  mountRootFilesystem({ lower: root.lower, target: `${STAGE}/${name}` });
  return openSync(`${STAGE}/${name}`, DIRECTORY);
}

function isOfImage({ sources }: Copy): boolean {
  return sources.every(({ root }) => root.type === "layers");
}

async function copyAll(change: Copy, sources: readonly (OpenCopy & { directory: number })[]): Promise<void> {
  const owner = ownerOf(change.owner);
  const mode = change.mode === "" ? undefined : modeChange(change.mode);
  const excluded = new PatternMatcher(change.exclude);
  const copier = new TreeCopier({
    // Files of an image keep their owners; owners in a context are the client's and have no meaning here.
    owner: change.owner === "" && isOfImage(change) ? (uid, gid) => ({ uid, gid }) : () => owner,
    mode,
    excludes: (path) => excluded.matches(path),
  });
  const destination = { path: change.destination, owner, mode, keepsParents: change.keepsParents };
  if (change.keepsParents) makeDirectories(destination.path, owner);
  for (const { directory, selected, archives } of sources) {
    changeDirectory(directory);
    for (const each of selected) {
      const archive = archives.get(each.path);
      if (archive === undefined) copySelected(copier, each, destination);
      else await unpackInto(archive, makeDirectories(destination.path, owner), change.owner === "" ? undefined : owner);
    }
  }
  copier.finish();
}

function describe(thrown: unknown): unknown {
  if (thrown instanceof BerthError) return thrown;
  const reason = isErrno(thrown, "ENOSPC") ? DISK_FULL : messageOf(thrown);
  return new BerthError("internal", `failed to copy files: ${reason}`, thrown);
}
