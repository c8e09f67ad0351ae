// Samples the resource usage of running containers. Only a few requests run at a time: browsers open six connections
// per server, and each sample costs the engine work.
import { signal } from "@preact/signals";
import type { ContainerStats, CpuStats } from "../../../api/container-stats.ts";
import { get } from "../engine/requests.ts";
import { type Usage, usageOf } from "./usage.ts";

const PARALLEL = 2;
const PERIOD_MILLISECONDS = 2000;
/** CPU usage is the difference of two samples; the second one follows soon. */
const FIRST_PERIOD_MILLISECONDS = 600;
/** With more containers, only the first ones are sampled. */
export const MAX_MEASURED = 100;

/** The last usage of the visible containers, by ID. */
export const usages = signal<ReadonlyMap<string, Usage>>(new Map());

export class Meter {
  #last = new Map<string, CpuStats>();

  /** Usage since the previous call; omits containers without a previous sample or an answer. */
  async sample(ids: readonly string[], signal: AbortSignal): Promise<Map<string, Usage>> {
    const waiting = ids.slice(0, MAX_MEASURED);
    const last = new Map<string, CpuStats>();
    const measured = new Map<string, Usage>();
    const work = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined && !signal.aborted; id = waiting.shift()) {
        const query = { stream: "0", "one-shot": "1" };
        const stats = await get<ContainerStats>(`/containers/${id}/stats`, query, signal).catch(() => undefined);
        if (!stats) continue;
        last.set(id, stats.cpu_stats);
        const before = this.#last.get(id);
        if (before) measured.set(id, usageOf({ ...stats, precpu_stats: before }));
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    this.#last = last;
    return measured;
  }
}

/** Samples the containers of `wanted` until the returned function is called; pauses while the page is hidden. */
export function keepMeasured(wanted: () => readonly string[]): () => void {
  const cancel = new AbortController();
  const meter = new Meter();
  const run = async (): Promise<void> => {
    for (let round = 0; !cancel.signal.aborted; round++) {
      if (!document.hidden) {
        const measured = await meter.sample(wanted(), cancel.signal);
        if (!cancel.signal.aborted) usages.value = measured;
      }
      await new Promise((resolve) =>
        setTimeout(resolve, round === 0 ? FIRST_PERIOD_MILLISECONDS : PERIOD_MILLISECONDS),
      );
    }
  };
  void run();
  return () => {
    cancel.abort();
    usages.value = new Map();
  };
}
