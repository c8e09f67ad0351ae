// Live charts of a container's resource usage.
import { useEffect, useState } from "preact/hooks";
import type { ContainerStats } from "../../../api/container-stats.ts";
import { jsonLines } from "../../../client/streams.ts";
import { EngineStream } from "../engine/stream.ts";
import { Chart } from "../parts/chart.tsx";
import { bytes } from "../parts/format.ts";
import { texts } from "../texts/index.ts";
import { type Usage, usageOf } from "./usage.ts";

/** Five minutes at one sample per second. */
const MAX_SAMPLES = 300;

export function StatsTab({ id, running }: { id: string; running: boolean }) {
  const [samples, setSamples] = useState<readonly Usage[]>([]);
  useEffect(() => {
    const cancel = new AbortController();
    const follow = async (): Promise<void> => {
      for await (const stats of jsonLines<ContainerStats>(
        new EngineStream(`/containers/${id}/stats`, {}, cancel.signal),
      )) {
        const usage = usageOf(stats);
        if (usage.time > 0) setSamples((known) => [...known, usage].slice(-MAX_SAMPLES));
      }
    };
    // The stream ends with the container, whose state the page shows.
    follow().catch(() => {});
    return () => cancel.abort();
  }, [id, running]);
  const words = texts.value.stats;
  const last = samples.at(-1);
  if (!last) return <p class="quiet">{running ? words.waiting : texts.value.terminal.notRunning}</p>;
  const times = samples.map(({ time }) => time);
  const speeds = (of: (usage: Usage) => number): number[] =>
    samples.map((sample, index) => {
      const before = samples[index - 1];
      if (!before || sample.time <= before.time) return 0;
      return Math.max(0, (of(sample) - of(before)) / (sample.time - before.time));
    });
  const speed = (value: number): string => `${bytes(value)}/s`;
  const [received, sent, read, written] = [
    speeds((usage) => usage.received),
    speeds((usage) => usage.sent),
    speeds((usage) => usage.read),
    speeds((usage) => usage.written),
  ];
  const pair = (first: readonly number[], second: readonly number[], [one, other]: readonly [string, string]): string =>
    `${one} ${speed(first.at(-1) ?? 0)} · ${other} ${speed(second.at(-1) ?? 0)}`;
  return (
    <div class="charts">
      <Chart
        title={texts.value.containers.processor}
        now={`${last.processor.toFixed(1)} %`}
        times={times}
        lines={[{ title: texts.value.containers.processor, values: samples.map(({ processor }) => processor) }]}
        format={(value) => `${value.toPrecision(2)} %`}
      />
      <Chart
        title={texts.value.containers.memory}
        now={`${bytes(last.memory)} / ${bytes(last.memoryLimit)}`}
        times={times}
        lines={[{ title: texts.value.containers.memory, values: samples.map(({ memory }) => memory) }]}
        format={bytes}
      />
      <Chart
        title={words.network}
        now={pair(received, sent, [words.received, words.sent])}
        times={times}
        lines={[
          { title: words.received, values: received },
          { title: words.sent, values: sent },
        ]}
        format={speed}
      />
      <Chart
        title={words.disk}
        now={pair(read, written, [words.read, words.written])}
        times={times}
        lines={[
          { title: words.read, values: read },
          { title: words.written, values: written },
        ]}
        format={speed}
      />
      <Chart
        title={words.processes}
        now={String(last.processes)}
        times={times}
        lines={[{ title: words.processes, values: samples.map(({ processes }) => processes) }]}
        format={(value) => String(Math.round(value))}
      />
    </div>
  );
}
