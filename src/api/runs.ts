// Berth's addition to Docker's API: one request that creates a container or an exec, attaches, starts it and waits for it.
// The answer is a stream of frames as of attach, in which the engine also reports how it goes.
import type { WaitAnswer } from "./containers.ts";

/** What a report says, in a frame of the stream REPORT (streams.ts): a JSON object and a newline. */
export type RunReport =
  /** The first one: the container was created, and is not started yet. */
  | { Created: { Id: string; Warnings: string[] } }
  /** The last one, after all output: the container exited, or the awaited condition is met. */
  | { Ended: WaitAnswer }
  /** The last one: it could not be started. The status is that of an answer to a request. */
  | { Failed: { status: number; message: string; exitCode?: number } };
