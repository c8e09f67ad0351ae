// A value loaded from the engine for a component, and reloaded after events.
import { useEffect, useState } from "preact/hooks";
import type { EventType } from "../../../api/events.ts";
import { keepLoaded } from "../engine/live.ts";

export type Loaded<T> = { state: "loading" } | { state: "loaded"; value: T } | { state: "failed"; reason: string };

/** @param key identifies the value's object: a new key discards the value */
export function useLoaded<T>(key: string, types: readonly EventType[], load: () => Promise<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<{ key: string; value: Loaded<T> }>({ key, value: { state: "loading" } });
  useEffect(() => {
    let ended = false;
    const stop = keepLoaded(types, async () => {
      const value = await load().then(
        (answer): Loaded<T> => ({ state: "loaded", value: answer }),
        (thrown): Loaded<T> => ({ state: "failed", reason: thrown instanceof Error ? thrown.message : String(thrown) }),
      );
      if (!ended) setLoaded({ key, value });
    });
    return () => {
      ended = true;
      stop();
    };
  }, [key]);
  return loaded.key === key ? loaded.value : { state: "loading" };
}
