// Writes a stream into the content store and, for a layer's archive, unpacks it at the same time.
import { closeSync } from "node:fs";
import type { BlobWriter } from "../../storage/blob-writer.ts";
import type { LooseLayer, UnpackOptions } from "../../storage/layers.ts";
import { Arrival } from "./arrival.ts";
import type { ImageServices } from "./services.ts";

export interface IngestedLayer {
  digest: string;
  size: number;
  /** The unpacked layer; rejects when unpacking fails. */
  unpacked: Promise<LooseLayer>;
}

/** Writes a whole stream into the content store. */
export async function fill(
  writer: BlobWriter,
  source: AsyncIterable<Uint8Array>,
  onWritten: (written: number) => void = () => {},
): Promise<{ digest: string; size: number }> {
  try {
    for await (const chunk of source) {
      await writer.append(chunk);
      onWritten(writer.written);
    }
  } catch (thrown) {
    await writer.discard();
    throw thrown;
  }
  const digest = await writer.verify();
  onWritten(writer.length);
  await writer.publish(digest);
  return { digest, size: writer.length };
}

/** Stores a layer's archive. Unpacking continues after this resolves. @throws the stream's failure */
export async function ingestLayer(
  { content, layers }: ImageServices,
  source: AsyncIterable<Uint8Array>,
  options: UnpackOptions = {},
): Promise<IngestedLayer> {
  const writer = await content.write();
  const arrival = new Arrival();
  const descriptor = writer.openFile();
  const unpacked = layers
    .unpackLoose({ descriptor, growth: arrival.growth() }, options)
    .finally(() => closeSync(descriptor));
  // The error is reported where the layer is awaited.
  unpacked.catch(() => {});
  try {
    const { digest, size } = await fill(writer, source, (written) => arrival.grow(written));
    arrival.complete(size);
    return { digest, size, unpacked };
  } catch (thrown) {
    arrival.fail(thrown);
    await unpacked.then(
      (loose) => layers.discardLoose(loose),
      () => {},
    );
    throw thrown;
  }
}
