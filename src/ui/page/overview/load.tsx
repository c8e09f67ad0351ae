// Charts of the total resource usage of all running containers.
import { useEffect, useState } from "preact/hooks";
import type { ContainerSummary } from "../../../api/containers.ts";
import { Meter } from "../containers/meter.ts";
import type { Usage } from "../containers/usage.ts";
import { get } from "../engine/requests.ts";
import { Chart } from "../parts/chart.tsx";
import { bytes } from "../parts/format.ts";
import { texts } from "../texts/index.ts";

const PERIOD_MILLISECONDS = 3000;
const MAX_SAMPLES = 120;

interface Sample {
  time: number;
  processor: number;
  memory: number;
  received: number;
  sent: number;
}

export function Load({ processors, memory }: { processors: number; memory: number }) {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => {
    const cancel = new AbortController();
    const meter = new Meter();
    const run = async (): Promise<void> => {
      while (!cancel.signal.aborted) {
        const sample = await measure(meter, cancel.signal).catch(() => undefined);
        if (sample && !cancel.signal.aborted) setSamples((known) => [...known, sample].slice(-MAX_SAMPLES));
        await new Promise((resolve) => setTimeout(resolve, PERIOD_MILLISECONDS));
      }
    };
    void run();
    return () => cancel.abort();
  }, []);
  const last = samples.at(-1);
  const words = texts.value.stats;
  const times = samples.map(({ time }) => time);
  const speed = (value: number): string => `${bytes(value)}/s`;
  const speeds = (of: (sample: Sample) => number): number[] =>
    samples.map((sample, index) => {
      const before = samples[index - 1];
      return before && sample.time > before.time
        ? Math.max(0, (of(sample) - of(before)) / (sample.time - before.time))
        : 0;
    });
  const received = speeds((sample) => sample.received);
  const sent = speeds((sample) => sample.sent);
  return (
    <div class="charts">
      <Chart
        title={texts.value.containers.processor}
        now={`${(last?.processor ?? 0).toFixed(1)} % / ${processors * 100} %`}
        times={times}
        lines={[{ title: texts.value.containers.processor, values: samples.map(({ processor }) => processor) }]}
        format={(value) => `${value.toPrecision(2)} %`}
      />
      <Chart
        title={texts.value.containers.memory}
        now={`${bytes(last?.memory ?? 0)} / ${bytes(memory)}`}
        times={times}
        lines={[{ title: texts.value.containers.memory, values: samples.map((sample) => sample.memory) }]}
        format={bytes}
      />
      <Chart
        title={words.network}
        now={`↓ ${speed(received.at(-1) ?? 0)} · ↑ ${speed(sent.at(-1) ?? 0)}`}
        times={times}
        lines={[
          { title: words.received, values: received },
          { title: words.sent, values: sent },
        ]}
        format={speed}
      />
    </div>
  );
}

/** @returns undefined until two samples exist */
async function measure(meter: Meter, signal: AbortSignal): Promise<Sample | undefined> {
  const running = await get<ContainerSummary[]>("/containers/json", {}, signal);
  const measured = await meter.sample(
    running.map(({ Id }) => Id),
    signal,
  );
  if (measured.size === 0 && running.length > 0) return undefined;
  const known = [...measured.values()];
  const sum = (of: (usage: Usage) => number): number => known.reduce((total, usage) => total + of(usage), 0);
  return {
    time: Date.now() / 1000,
    processor: sum(({ processor }) => processor),
    memory: sum(({ memory }) => memory),
    received: sum(({ received }) => received),
    sent: sum(({ sent }) => sent),
  };
}
