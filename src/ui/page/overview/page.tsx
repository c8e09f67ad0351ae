// An overview of the engine: version, warnings, resource usage and disk usage.

import { useState } from "preact/hooks";
import type { DiskUsageAnswer, InfoAnswer } from "../../../api/system.ts";
import type { Tone } from "../containers/tone.ts";
import { get, session } from "../engine/requests.ts";
import { Card, Fact } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { bytes } from "../parts/format.ts";
import { useLoaded } from "../parts/loaded.ts";
import { Loading } from "../parts/loading.tsx";
import { linkTo } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { Load } from "./load.tsx";
import { PruneDialog } from "./prune.tsx";

export function OverviewPage() {
  const info = useLoaded("info", ["container", "image"], () => get<InfoAnswer>("/info"));
  const [turn, setTurn] = useState(0);
  const [isPruning, setPruning] = useState(false);
  const usage = useLoaded(`df${turn}`, ["container", "image", "volume", "builder"], () =>
    get<DiskUsageAnswer>("/system/df"),
  );
  const words = texts.value.overview;
  if (info.state === "loading") return <Loading />;
  if (info.state === "failed") return <Empty text={info.reason} />;
  const engine = info.value;
  return (
    <>
      <div class="heading">
        <h1>{texts.value.pages.overview}</h1>
        <span class="quiet">{engine.Name}</span>
      </div>
      {(engine.Warnings ?? []).map((warning) => (
        <div class="notice" key={warning}>
          {warning}
        </div>
      ))}
      <div class="numbers">
        <Count
          href={linkTo("containers", [], { show: "running" })}
          count={engine.ContainersRunning}
          name={words.running}
          tone="good"
        />
        <Count
          href={linkTo("containers", [], { show: "stopped" })}
          count={engine.ContainersStopped}
          name={words.stopped}
          tone="quiet"
        />
        <Count href={linkTo("containers")} count={engine.ContainersPaused} name={words.paused} tone="warn" />
        <Count href={linkTo("images")} count={engine.Images} name={texts.value.pages.images} />
      </div>
      <Load processors={engine.NCPU} memory={engine.MemTotal} />
      <div class="cards">
        <Card title={words.disk}>
          {usage.state === "loaded" && <Disk usage={usage.value} />}
          {usage.state === "failed" && <p class="bad">{usage.reason}</p>}
          {!session.value?.readOnly && (
            <button type="button" onClick={() => setPruning(true)}>
              {words.prune}
            </button>
          )}
        </Card>
        <Card title={words.engine}>
          <Fact name={words.version}>{engine.ServerVersion}</Fact>
          <Fact name={words.system}>{`${engine.OperatingSystem}, ${engine.Architecture}`}</Fact>
          <Fact name={words.kernel}>{engine.KernelVersion}</Fact>
          <Fact name={words.processors}>{engine.NCPU}</Fact>
          <Fact name={texts.value.containers.memory}>{bytes(engine.MemTotal)}</Fact>
          <Fact name={words.storage}>{engine.Driver}</Fact>
          <Fact name={words.directory}>
            <code>{engine.DockerRootDir}</code>
          </Fact>
          <Fact name={words.logging}>{engine.LoggingDriver}</Fact>
          <Fact name={words.runtime}>{engine.DefaultRuntime}</Fact>
        </Card>
      </div>
      {isPruning && <PruneDialog onClose={() => setPruning(false)} onDone={() => setTurn(turn + 1)} />}
    </>
  );
}

function Count({ href, count, name, tone }: { href: string; count: number; name: string; tone?: Tone }) {
  return (
    <a class="card number" href={href}>
      <strong>{count}</strong>
      <span>
        {tone && <span class={`state ${tone}`} />}
        {name}
      </span>
    </a>
  );
}

function Disk({ usage }: { usage: DiskUsageAnswer }) {
  const { pages } = texts.value;
  const sum = (sizes: readonly (number | undefined)[]): number =>
    sizes.reduce<number>((total, size) => total + Math.max(0, size ?? 0), 0);
  const parts = [
    { name: pages.images, size: usage.LayersSize ?? 0 },
    { name: pages.containers, size: sum((usage.Containers ?? []).map(({ SizeRw }) => SizeRw)) },
    { name: pages.volumes, size: sum((usage.Volumes ?? []).map(({ UsageData }) => UsageData?.Size)) },
    { name: texts.value.prune.kinds.build, size: sum((usage.BuildCache ?? []).map(({ Size }) => Size)) },
  ];
  const total = sum(parts.map(({ size }) => size));
  return (
    <div class="disk">
      {parts.map(({ name, size }) => (
        <div key={name}>
          <div class="disk-part">
            <span>{name}</span>
            <span class="quiet">{bytes(size)}</span>
          </div>
          <div class="bar">
            <div style={{ width: `${total === 0 ? 0 : (size / total) * 100}%` }} />
          </div>
        </div>
      ))}
    </div>
  );
}
