// Keeps lists up to date by the engine's events: the page has one subscription, and each list at most one reload at a
// time, however fast events arrive. If the engine disconnects, the page shows that and reconnects.
import { effect, signal } from "@preact/signals";
import type { EventMessage, EventType } from "../../../api/events.ts";
import { jsonLines } from "../../../client/streams.ts";
import { currentEngine, session } from "./requests.ts";
import { EngineStream } from "./stream.ts";

export type Connection = { state: "connecting" } | { state: "connected" } | { state: "lost"; reason: string };

export const connection = signal<Connection>({ state: "connecting" });

/** Why a list could not be loaded, which then keeps its content; "" without an error. */
export const loadFailure = signal("");

type Listener = (event: EventMessage | undefined) => void;
const listeners = new Set<Listener>();

/** Called for each event, and with undefined after a (re)connection, when anything may have changed. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Minimum interval between two reloads of a list. */
const RELOAD_MILLISECONDS = 300;
/** A list that loads slowly is reloaded less often, to limit the load on the engine. */
const PAUSE_FOR_EACH_LOAD = 3;
const RETRY_MILLISECONDS = 1000;

/**
 * Loads now and after events of these types, at most every {@link RELOAD_MILLISECONDS}; one load at a time.
 * @returns stops the updates
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

/** Follows the current engine's events while the page is open. */
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
