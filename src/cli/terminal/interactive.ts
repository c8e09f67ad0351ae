// Connects the terminal, or pipes, to the streams of a container.

import { STDERR } from "../../api/streams.ts";
import type { AttachStream } from "../../client/attach.ts";
import { isTerminal } from "../../linux/terminal.ts";
import { CommandError } from "../failure.ts";
import type { Session } from "../session.ts";
import { DetachFilter, parseDetachKeys } from "./detach-keys.ts";

export interface InteractiveOptions {
  /** The container has a TTY: raw bytes, a single output stream. */
  tty: boolean;
  stdin: boolean;
  /** Detach keys; "" for the default ones. */
  detachKeys: string;
}

/** How the stream ended: the container closed it, or the user typed the detach keys. */
export type StreamEnd = "closed" | "detached";

/** @throws CommandError when a TTY is requested but standard input is not a terminal */
export function requireTerminal(options: { tty: boolean; stdin: boolean }): void {
  if (options.tty && options.stdin && !isTerminal(0)) throw new CommandError("the input device is not a TTY");
}

async function copyInput(stream: AttachStream, options: InteractiveOptions): Promise<StreamEnd | "ended"> {
  const filter = new DetachFilter(options.tty ? parseDetachKeys(options.detachKeys) : []);
  for await (const chunk of Bun.stdin.stream()) {
    const { forward, detached } = filter.feed(chunk);
    if (forward.length > 0 && !(await stream.write(forward))) return "closed";
    if (detached) return "detached";
  }
  await stream.closeWrite();
  return "ended";
}

async function copyOutput(session: Session, stream: AttachStream): Promise<StreamEnd> {
  for await (const frame of stream.output) {
    const out = frame.stream === STDERR ? session.stderr : session.stdout;
    await out.write(frame.payload);
  }
  return "closed";
}

/** Loaded only for a terminal: most runs have none. */
async function rawMode(): Promise<() => void> {
  const { enterRawMode } = await import("./raw-mode.ts");
  return enterRawMode();
}

/** Copies data both ways until the output ends or the user detaches. The terminal is in raw mode meanwhile. */
export async function interact(
  session: Session,
  stream: AttachStream,
  options: InteractiveOptions,
): Promise<StreamEnd> {
  const restore = options.tty && options.stdin && isTerminal(0) ? await rawMode() : () => {};
  const output = copyOutput(session, stream);
  try {
    if (!options.stdin) return await output;
    const first = await Promise.race([output, copyInput(stream, options)]);
    if (first === "detached") {
      stream.close();
      return "detached";
    }
    return await output;
  } finally {
    restore();
  }
}
