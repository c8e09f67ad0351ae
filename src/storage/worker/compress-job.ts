// The "compress" job: compresses an archive with gzip.
import { closeSync, createReadStream, openSync, writeSync } from "node:fs";
import type * as v from "valibot";
import { GzipMembers } from "../archive/gzip.ts";
import type { compressJobSchema, Message } from "./messages.ts";

const CHUNK_LENGTH = 1024 * 1024;

export async function compressJob(
  { source, archive }: v.InferOutput<typeof compressJobSchema>,
  tell: (message: Message) => void,
): Promise<void> {
  const output = openSync(archive, "w");
  const hash = new Bun.CryptoHasher("sha256");
  let size = 0;
  const members = new GzipMembers((member) => {
    hash.update(member);
    size += member.length;
    for (let done = 0; done < member.length; ) done += writeSync(output, member, done);
  });
  const chunks: AsyncIterable<Buffer> = createReadStream(source, { highWaterMark: CHUNK_LENGTH });
  for await (const chunk of chunks) members.add(chunk);
  members.end();
  closeSync(output);
  tell({ type: "compressed", digest: `sha256:${hash.digest("hex")}`, size });
}
