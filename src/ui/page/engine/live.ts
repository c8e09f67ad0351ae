// Keeps lists up to date by the engine's events: one subscription for the page, and for each list one reload at a time, however
// fast events come. When the engine goes away the page says so and tries again until it is back.
import { effect, signal } from "@preact/signals";
import type { EventMessage, EventType } from "../../../api/events.ts";
import { jsonLines } from "../../../client/streams.ts";
import { currentEngine, session } from "./requests.ts";
import { EngineStream } from "./stream.ts";

export type Connection = { state: "connecting" } | { state: "connected" } | { state: "lost"; reason: string };

export const connection = signal<Connection>({ state: "connecting" });

/** Why a list could not be loaded, which then stays as it was; "" while all is well. */
export const loadFailure = signal("");

type Listener = (event: EventMessage | undefined) => void;
const listeners = new Set<Listener>();

/** Calls back for each event; with undefined after a (re)connection, when anything may have changed. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Shortest time between two reloads of one list. */
const RELOAD_MILLISECONDS = 300;
/** A list that takes long is loaded less often: the engine has other work to do. */
const PAUSE_FOR_EACH_LOAD = 3;
const RETRY_MILLISECONDS = 1000;

/**
 * Loads now and after events of these types, at most every {@link RELOAD_MILLISECONDS}; one load at a time.
 * @returns what ends it
 */
export function keepLoaded(types: readonly EventType[], load: () => Promise<void>): () => void {
  let isLoading = false;
  let isStale = false;
  let ended = false;
  const run = async (): Promise<void> => {
    if (isLoading) {
      isStale = true;
      return;
    }
    isLoading = true;
    const started = performance.now();
    await load().then(
      () => {
        loadFailure.value = "";
      },
      (thrown: unknown) => {
        loadFailure.value = thrown instanceof Error ? thrown.message : String(thrown);
      },
    );
    const pause = Math.max(RELOAD_MILLISECONDS, PAUSE_FOR_EACH_LOAD * (performance.now() - started));
    await new Promise((resolve) => setTimeout(resolve, pause));
    isLoading = false;
    if (isStale && !ended) {
      isStale = false;
      void run();
    }
  };
  void run();
  const stop = onEvent((event) => {
    if (event === undefined || types.includes(event.Type)) void run();
  });
  return () => {
    ended = true;
    stop();
  };
}

/** Follows the current engine's events for as long as the page is open. */
export function followEvents(): void {
  let following: AbortController | undefined;
  effect(() => {
    following?.abort();
    if (session.value === undefined || currentEngine.value === "") return;
    following = new AbortController();
    void follow(following.signal);
  });
}

async function follow(signal: AbortSignal): Promise<void> {
  connection.value = { state: "connecting" };
  while (!signal.aborted) {
    try {
      const stream = new EngineStream("/events", {}, signal);
      await stream.opened;
      connection.value = { state: "connected" };
      for (const listener of listeners) listener(undefined);
      for await (const event of jsonLines<EventMessage>(stream)) {
        for (const listener of listeners) listener(event);
      }
      if (!signal.aborted) connection.value = { state: "lost", reason: "the engine ended the connection" };
    } catch (thrown) {
      if (signal.aborted) return;
      connection.value = { state: "lost", reason: thrown instanceof Error ? thrown.message : String(thrown) };
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
  }
}
