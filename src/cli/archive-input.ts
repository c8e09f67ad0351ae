// Reads an archive to upload from a file or standard input; shows its progress on a terminal.
import { isTerminal } from "../linux/terminal.ts";
import { streamOf } from "./byte-stream.ts";
import { CommandError } from "./failure.ts";
import { type TransferMeter, transferMeter } from "./output/transfer-meter.ts";
import type { Session } from "./session.ts";

export interface ArchiveInput {
  body: ReadableStream<Uint8Array>;
  meter: TransferMeter;
}

/** Standard input. @throws CommandError with `refusal` when it is a terminal */
export function archiveFromInput(session: Session, label: string, refusal: string): ArchiveInput {
  if (isTerminal(0)) throw new CommandError(refusal);
  return metered(session, label, Bun.stdin.stream(), undefined);
}

/** A file. @throws CommandError when it cannot be read */
export async function archiveFromFile(session: Session, label: string, path: string): Promise<ArchiveInput> {
  const file = Bun.file(path);
  if (!(await file.exists())) throw new CommandError(`open ${path}: no such file or directory`);
  return metered(session, label, file.stream(), file.size);
}

function metered(
  session: Session,
  label: string,
  source: ReadableStream<Uint8Array>,
  total: number | undefined,
): ArchiveInput {
  const meter = transferMeter(session.stderr, label, total);
  async function* metered(): AsyncGenerator<Uint8Array> {
    yield* meter.counting(source);
    meter.end();
  }
  return { body: streamOf(metered()), meter };
}
