// The job "source": answers questions about a context or an image's files until the build ends.
import { createReadStream, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import * as v from "valibot";
import { BerthError, messageOf } from "../../api/errors.ts";
import { isErrno } from "../../linux/errno.ts";
import { ByteReader } from "../archive/bytes.ts";
import { decompressDetected } from "../archive/compression.ts";
import { Extractor } from "../archive/extract.ts";
import { printable } from "../archive/names.ts";
import { readArchive } from "../archive/reader.ts";
import { DISK_FULL, DiskWatch } from "../disk-watch.ts";
import { readInput } from "../files/standard-streams.ts";
import { failureOf } from "../worker/process.ts";
import { digestOfSelected } from "./digest.ts";
import { type Answer, QUESTIONS_DESCRIPTOR, type Question, questionSchema, type SourceJob } from "./messages.ts";
import type { FileOwner } from "./owner.ts";
import { readRegularFile } from "./regular-file.ts";
import { select } from "./select.ts";
import { enterSource } from "./source-root.ts";

export async function sourceJob({ root, receivesFor }: SourceJob, tell: (answer: Answer) => void): Promise<void> {
  const archive = receivesFor ? decompressDetected(copied(readInput())) : undefined;
  // Started before the root changes: a decompression program would not be found afterwards.
  const first = await archive?.next();
  enterSource(root);
  if (archive && first && receivesFor) await unpack(archive, first, receivesFor);
  tell({ type: "ready" });
  const questions = createReadStream("", { fd: QUESTIONS_DESCRIPTOR });
  for await (const line of createInterface({ input: questions })) {
    try {
      tell(answer(v.parse(questionSchema, JSON.parse(line)), root.type === "layers"));
    } catch (thrown) {
      tell(failureOf(thrown));
    }
  }
}

async function unpack(
  archive: AsyncGenerator<Uint8Array, void, void>,
  first: IteratorResult<Uint8Array, void>,
  owner: FileOwner,
): Promise<void> {
  async function* whole(): AsyncGenerator<Uint8Array, void, void> {
    if (first.done) return;
    yield first.value;
    yield* archive;
  }
  const disk = new DiskWatch("/");
  const extractor = new Extractor({ directory: "", keepKinds: false, owner: () => owner });
  for await (const entry of readArchive(new ByteReader(watched(whole(), disk)))) {
    disk.beforeCreating();
    try {
      await extractor.add(entry);
    } catch (thrown) {
      if (thrown instanceof BerthError) throw thrown;
      const reason = isErrno(thrown, "ENOSPC") ? DISK_FULL : messageOf(thrown);
      throw new BerthError("internal", `Error processing tar file: ${printable(entry.header.name)}: ${reason}`, thrown);
    }
  }
  extractor.finish();
}

/** Copies chunks: the decompressor still reads one while the next is filled. */
async function* copied(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of source) yield Buffer.from(chunk);
}

/** Checks free space: a small archive may unpack to a huge tree. */
async function* watched(source: AsyncIterable<Uint8Array>, disk: DiskWatch): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of source) {
    disk.beforeWriting(chunk.length);
    yield chunk;
  }
}

/** @param countsOwners whether copies keep the owners of these files */
function answer(question: Question, countsOwners: boolean): Answer {
  switch (question.ask) {
    case "read":
      return { type: "content", content: readRegularFile(`/${question.path}`, question.limit)?.toString("base64") };
    case "remove":
      for (const path of question.paths) rmSync(`/${path}`, { force: true, recursive: true });
      return { type: "done" };
    case "select": {
      const selected = select(question.selection);
      return { type: "selection", selected, digest: digestOfSelected(selected, question.selection, countsOwners) };
    }
  }
}
