// Common code of all worker processes: start, messages, failure.
import { writeSync } from "node:fs";
import { BerthError, type ErrorKind, messageOf } from "../../api/errors.ts";
import { dieWithParent, nameProcess } from "../../linux/process.ts";

/** A worker's final message. */
export interface Failure {
  type: "failed";
  kind: ErrorKind;
  message: string;
}

export function failureOf(thrown: unknown): Failure {
  return { type: "failed", kind: thrown instanceof BerthError ? thrown.kind : "internal", message: messageOf(thrown) };
}

/** Writes a message as a line of JSON. */
export function writeMessage(descriptor: number, message: object): void {
  const line = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let done = 0; done < line.length; ) done += writeSync(descriptor, line, done);
}

/** Runs a worker in this process, which is killed when its daemon dies. Returns the exit code. */
export async function asWorker(work: () => Promise<void>, tell: (failure: Failure) => void): Promise<number> {
  dieWithParent();
  nameProcess("berth");
  process.umask(0);
  try {
    await work();
    return 0;
  } catch (thrown) {
    tell(failureOf(thrown));
    return 1;
  }
}
