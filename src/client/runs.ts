// Reads the answer of Berth's requests that create, attach, start and wait at once (api/runs.ts).
import type { WaitAnswer } from "../api/containers.ts";
import type { RunReport } from "../api/runs.ts";
import { REPORT } from "../api/streams.ts";
import type { AttachStream } from "./attach.ts";
import { ApiError, ConnectionError } from "./errors.ts";
import type { Hijacked } from "./hijack.ts";
import { type Frame, frames } from "./streams.ts";

/** Something that has been created and is being started. */
export interface StartedRun {
  created: { Id: string; Warnings: string[] };
  stream: AttachStream;
  /** How it ended, once the output has been read. Rejects with an ApiError when it could not be started. */
  result: Promise<WaitAnswer>;
}

/** Resolves when it has been created. @throws ConnectionError */
export async function readRun(raw: Hijacked): Promise<StartedRun> {
  const { promise: created, resolve: announce, reject: fail } = Promise.withResolvers<StartedRun["created"]>();
  const { promise: result, resolve: end, reject: refuse } = Promise.withResolvers<WaitAnswer>();
  result.catch(() => {});
  const take = (report: RunReport): boolean => {
    if ("Created" in report) {
      announce(report.Created);
      return false;
    }
    if ("Ended" in report) end(report.Ended);
    else refuse(new ApiError(report.Failed.status, report.Failed.message, { exitCode: report.Failed.exitCode }));
    return true;
  };
  const broken = (): void => {
    const error = new ConnectionError("unexpected EOF");
    fail(error);
    refuse(error);
  };
  const output = outputOf(frames(raw.output), take, broken);
  // The first frame is the first report: output cannot come before it.
  const first = output.next();
  first.catch(fail);
  return {
    created: await created,
    stream: {
      output: following(first, output),
      write: (chunk) => raw.write(chunk),
      closeWrite: () => raw.closeWrite(),
      close: () => raw.close(),
    },
    result,
  };
}

/** @param take whether the report was the last one: nothing follows it, so the end of the connection is not waited for */
async function* outputOf(
  all: AsyncIterable<Frame>,
  take: (report: RunReport) => boolean,
  broken: () => void,
): AsyncGenerator<Frame> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const frame of all) {
    if (frame.stream !== REPORT) {
      yield frame;
      continue;
    }
    text += decoder.decode(frame.payload, { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      if (take(JSON.parse(line))) return;
    }
  }
  broken();
}

async function* following(first: Promise<IteratorResult<Frame>>, rest: AsyncGenerator<Frame>): AsyncGenerator<Frame> {
  const { value, done } = await first;
  if (done) return;
  yield value;
  yield* rest;
}
