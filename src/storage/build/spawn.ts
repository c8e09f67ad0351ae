// Starts build workers and exchanges messages with them.
import { createInterface } from "node:readline";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as v from "valibot";
import { BerthError } from "../../api/errors.ts";
import { reportedError, WorkerChild } from "../worker/child.ts";
import {
  ANSWERS_DESCRIPTOR,
  type Answer,
  answerSchema,
  type BuildJob,
  type LayerAnswer,
  type LayerTask,
  QUESTIONS_DESCRIPTOR,
  type Question,
  type Selected,
  type Selection,
  type SourceRoot,
} from "./messages.ts";
import type { FileOwner } from "./owner.ts";

/** Creates layers, with one worker each; a spare worker is started in advance. */
export class LayerMaker {
  private spare: Worker | undefined;

  /** Aborting `signal` kills the worker. @throws BerthError the worker's error; the signal's reason */
  async make(task: LayerTask, signal: AbortSignal): Promise<LayerAnswer> {
    signal.throwIfAborted();
    const worker = this.spare ?? new Worker({ job: "layer" });
    this.spare = new Worker({ job: "layer" });
    const stop = (): void => worker.kill();
    signal.addEventListener("abort", stop, { once: true });
    try {
      worker.questions.end(`${JSON.stringify(task)}\n`);
      const answer = await worker.next();
      if (answer.type !== "layer") throw unexpected(answer);
      return answer;
    } catch (thrown) {
      // A killed worker may still be writing: wait for its exit.
      worker.kill();
      await worker.ended;
      signal.throwIfAborted();
      throw thrown;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async close(): Promise<void> {
    this.spare?.kill();
    await this.spare?.ended;
    this.spare = undefined;
  }
}

/** A source of files that instructions copy from, and its worker. */
export class Source {
  readonly root: SourceRoot;
  private readonly worker: Worker;
  private turn: Promise<unknown>;
  /** The error of reading the archive. The worker only sees an early end, which between two entries is no error. */
  private broken: { reason: unknown } | undefined;

  /** @param archive unpacked into the source's directory; all files get `owner` */
  constructor(root: SourceRoot, archive?: AsyncIterable<Uint8Array>, owner: FileOwner = { uid: 0, gid: 0 }) {
    this.root = root;
    this.worker = new Worker({ job: "source", root, ...(archive ? { receivesFor: owner } : {}) });
    // A failed worker closes its end: report its error, not the failed write.
    if (archive)
      pipeline(Readable.from(this.watched(archive), { objectMode: false }), this.worker.input).catch(() => {});
    else this.worker.input.end();
    this.turn = this.worker.next();
    this.turn.catch(() => {});
  }

  /** Resolves when the archive is unpacked. @throws BerthError; the error of reading the archive */
  async ready(): Promise<void> {
    await this.turn.catch((thrown: unknown) => {
      throw this.broken ? this.broken.reason : thrown;
    });
    if (this.broken) throw this.broken.reason;
  }

  /** A file's content; undefined when it does not exist. @throws BerthError when it exceeds `limit` bytes */
  async read(path: string, limit: number): Promise<Buffer | undefined> {
    const answer = await this.ask({ ask: "read", path, limit });
    if (answer.type !== "content") throw unexpected(answer);
    return answer.content === undefined ? undefined : Buffer.from(answer.content, "base64");
  }

  async remove(paths: string[]): Promise<void> {
    await this.ask({ ask: "remove", paths });
  }

  /** @throws BerthError notFound, invalidParameter in Docker's words */
  async select(selection: Selection): Promise<{ selected: Selected[]; digest: string }> {
    const answer = await this.ask({ ask: "select", selection });
    if (answer.type !== "selection") throw unexpected(answer);
    return answer;
  }

  /** Resolves when the worker has exited and its mounts are removed. */
  async close(): Promise<void> {
    this.worker.kill();
    await this.worker.ended;
  }

  private async *watched(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* archive;
    } catch (reason) {
      this.broken = { reason };
      throw reason;
    }
  }

  /** Questions are answered one at a time. */
  private ask(question: Question): Promise<Answer> {
    const answer = this.turn.then(() => {
      this.worker.questions.write(`${JSON.stringify(question)}\n`);
      return this.worker.next();
    });
    this.turn = answer.catch(() => {});
    return answer;
  }
}

/** The files of a source as a tar archive. @throws BerthError */
export async function* exportFiles(root: SourceRoot): AsyncGenerator<Uint8Array, void, void> {
  const worker = new Worker({ job: "export", root });
  worker.input.end();
  try {
    for await (const chunk of worker.output) yield chunk;
    const answer = await worker.next();
    if (answer.type !== "done") throw unexpected(answer);
  } finally {
    worker.kill();
    await worker.ended;
  }
}

const unexpected = ({ type }: Answer): BerthError =>
  new BerthError("internal", `a build worker answered something else: ${type}`);

class Worker {
  readonly input: Writable;
  readonly questions: Writable;
  /** Its standard output; only used by exports. */
  readonly output: Readable;
  /** Resolves when the process has exited. */
  readonly ended: Promise<number | null>;
  private readonly child: WorkerChild;
  private readonly answers: AsyncIterator<string>;

  constructor(job: BuildJob) {
    this.child = new WorkerChild("build", job, {
      stdio: ["pipe", job.job === "export" ? "pipe" : "ignore", "pipe", "pipe", "pipe"],
    });
    this.ended = this.child.ended;
    if (this.child.process.pid === undefined) throw this.child.notStarted();
    const { stdin, stdout, stdio } = this.child.process;
    const answers = stdio[ANSWERS_DESCRIPTOR];
    const questions = stdio[QUESTIONS_DESCRIPTOR];
    if (!stdin || !(answers instanceof Readable) || !(questions instanceof Writable)) {
      throw new BerthError("internal", "a build worker has no channels");
    }
    this.input = stdin;
    this.output = stdout ?? Readable.from([]);
    this.questions = questions;
    // Errors show as the end of the answers.
    for (const stream of [stdin, questions]) stream.on("error", () => {});
    this.answers = createInterface({ input: answers })[Symbol.asyncIterator]();
  }

  /** The next answer. @throws BerthError when it is an error, or there is none */
  async next(): Promise<Answer> {
    const line = await this.answers.next();
    if (line.done) throw await this.child.unexpectedEnd();
    const answer = v.parse(answerSchema, JSON.parse(line.value));
    if (answer.type === "failed") throw reportedError(answer);
    return answer;
  }

  kill(): void {
    this.child.kill();
  }
}
