// The state machine of a container's life, as pure functions: which states there are, which events lead from one to the
// next, and what a new daemon makes of a state once it has seen the kernel's side of it.
//
// What is about to happen is recorded before the kernel is touched ("freezing", "thawing", "ending"), so that a daemon
// that was killed in between leaves a record by which the next one completes the change or takes it back.
import type { ProcessIdentity } from "../../../linux/process.ts";

/** Who froze a container: a client by `pause`, or the engine itself, for example for a commit. */
export type Freezer = "client" | "engine";

/**
 * Why a run is ending. `signal`: a client's signal, which the process may survive; the others end in SIGKILL at `killAt`
 * (RFC 3339), or wait for ever without it.
 */
export type Ending =
  | { reason: "signal" }
  | { reason: "stop" | "restart" | "unhealthy"; killAt?: string | undefined }
  | { reason: "removal"; volumes: boolean };

/** A run: the container's main process and the monitor that waits for it. */
export interface Run {
  process: ProcessIdentity;
  monitor: ProcessIdentity;
  ending?: Ending | undefined;
}

export type Running = Run & { status: "running"; freezing?: Freezer | undefined };
export type Paused = Run & { status: "paused"; frozenBy: Freezer; thawing?: true | undefined };

export type Life =
  | { status: "created" | "exited" }
  | Running
  | Paused
  /** `nextAttempt`: RFC 3339. */
  | { status: "restarting"; nextAttempt: string }
  /** `volumes`: whether its anonymous volumes are removed too. */
  | { status: "removing"; volumes: boolean };

export type LifeEvent =
  | { type: "started"; process: ProcessIdentity; monitor: ProcessIdentity }
  | { type: "startFailed" }
  | { type: "freezing"; by: Freezer }
  | { type: "frozen" }
  | { type: "thawing" }
  | { type: "thawed" }
  | { type: "ending"; ending: Ending }
  /** `nextAttempt`: when the restart policy starts it again, RFC 3339; absent when it does not. */
  | { type: "ended"; nextAttempt?: string | undefined }
  | { type: "restartCancelled" }
  | { type: "removing"; volumes: boolean };

/** An event that cannot happen in this state: a mistake of the engine, never of a client. */
export class TransitionError extends Error {
  override readonly name = "TransitionError";

  constructor(life: Life, event: LifeEvent) {
    super(`a container that is ${life.status} cannot be ${event.type}`);
  }
}

export function isActive(life: Life): life is Running | Paused {
  return life.status === "running" || life.status === "paused";
}

/** The state after `event`. @throws TransitionError */
export function transition(life: Life, event: LifeEvent): Life {
  switch (event.type) {
    case "started":
      if (isActive(life) || life.status === "removing") break;
      return { status: "running", process: event.process, monitor: event.monitor };
    case "startFailed":
      if (isActive(life) || life.status === "removing") break;
      return life.status === "restarting" ? { status: "exited" } : life;
    case "freezing":
      if (life.status !== "running") break;
      return { ...life, freezing: event.by };
    case "frozen":
      if (life.status !== "running" || life.freezing === undefined) break;
      return { ...runOf(life), status: "paused", frozenBy: life.freezing };
    case "thawing":
      if (life.status !== "paused") break;
      return { ...life, thawing: true };
    case "thawed":
      if (!isActive(life)) break;
      return { ...runOf(life), status: "running" };
    case "ending":
      if (!isActive(life)) break;
      return life.ending?.reason === "removal" ? life : { ...life, ending: event.ending };
    case "ended":
      if (!isActive(life)) break;
      return event.nextAttempt === undefined
        ? { status: "exited" }
        : { status: "restarting", nextAttempt: event.nextAttempt };
    case "restartCancelled":
      if (life.status !== "restarting") break;
      return { status: "exited" };
    case "removing":
      if (isActive(life)) break;
      return { status: "removing", volumes: event.volumes };
  }
  throw new TransitionError(life, event);
}

/** What a new daemon records and does once it knows whether a live container's processes are frozen. */
export interface Reconciled {
  life: Running | Paused;
  /** The processes must be thawed: their freeze was the engine's own, was being undone, or was not requested. */
  thaw: boolean;
}

/**
 * Reconciles the record of a live run with the kernel's freezer. A pause requested by a client is completed
 * if the kernel got as far as freezing; every other freeze is undone. A pause that the kernel no longer knows is dropped.
 */
export function reconcile(life: Running | Paused, frozen: boolean): Reconciled {
  const running: Running = { ...runOf(life), status: "running" };
  if (!frozen) return { life: running, thaw: false };
  const wanted = life.status === "paused" ? life.frozenBy === "client" && !life.thawing : life.freezing === "client";
  return wanted
    ? { life: { ...runOf(life), status: "paused", frozenBy: "client" }, thaw: false }
    : { life: running, thaw: true };
}

/** Whether a client requested the end of the run, so that the restart policy does not apply. */
export function endsByRequest(ending: Ending | undefined): boolean {
  return ending !== undefined && ending.reason !== "unhealthy";
}

function runOf({ process, monitor, ending }: Run): Run {
  return { process, monitor, ...(ending ? { ending } : {}) };
}
