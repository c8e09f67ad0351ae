// One TCP connection of a container to its resolver. The container decides what it sends and whether it reads the
// answers, so everything the connection can hold is limited, and it is paused at the limits.
import { framed, MessageFraming } from "./framing.ts";

/** Questions of one connection that wait for an answer; also how many are answered before other work gets its turn. */
const MAX_PENDING_QUESTIONS = 16;
/** Answers that the container has not read yet, beyond what the kernel buffers. In bytes. */
const MAX_UNSENT = 64 * 1024;

/** The part of `Bun.Socket` that a connection uses. */
export interface ClientSocket {
  /** @returns how many bytes were taken, or -1 when the connection is closed. */
  write(bytes: Uint8Array): number;
  pause(): unknown;
  resume(): unknown;
  terminate(): void;
}

export class TcpClient {
  private readonly framing = new MessageFraming();
  private readonly socket: ClientSocket;
  private readonly answer: (question: Uint8Array) => Promise<Uint8Array | undefined>;
  private unsent: Uint8Array[] = [];
  private unsentBytes = 0;
  private pending = 0;
  private scheduled = false;
  private closed = false;

  /** @param answer resolves to undefined for what is no question. */
  constructor(socket: ClientSocket, answer: (question: Uint8Array) => Promise<Uint8Array | undefined>) {
    this.socket = socket;
    this.answer = answer;
  }

  /** Takes bytes that arrived. */
  receive(chunk: Uint8Array): void {
    this.framing.push(chunk);
    this.proceed();
  }

  /** Sends the rest when the kernel has room again. */
  drain(): void {
    this.flush();
    this.proceed();
  }

  close(): void {
    this.closed = true;
    this.unsent = [];
  }

  private proceed(): void {
    if (this.closed) return;
    while (this.pending < MAX_PENDING_QUESTIONS && this.unsentBytes < MAX_UNSENT) {
      const question = this.framing.next();
      if (!question) {
        this.socket.resume();
        return;
      }
      this.pending++;
      this.answer(question).then(
        (response) => this.answered(response),
        () => this.socket.terminate(),
      );
    }
    this.socket.pause();
  }

  private answered(response: Uint8Array | undefined): void {
    this.pending--;
    if (this.closed) return;
    if (response) this.send(framed(response));
    if (this.scheduled) return;
    this.scheduled = true;
    // Not at once: a stream of questions that need no waiting would keep the event loop from everybody else.
    setImmediate(() => {
      this.scheduled = false;
      this.proceed();
    });
  }

  private send(message: Uint8Array): void {
    this.unsent.push(message);
    this.unsentBytes += message.length;
    if (this.unsent.length === 1) this.flush();
  }

  private flush(): void {
    for (let [message] = this.unsent; message && !this.closed; [message] = this.unsent) {
      const written = this.socket.write(message);
      if (written <= 0) return;
      this.unsentBytes -= written;
      if (written < message.length) {
        this.unsent[0] = message.subarray(written);
        return;
      }
      this.unsent.shift();
    }
  }
}
