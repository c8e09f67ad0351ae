// The log of one or several containers: follow, search, wrap, download.
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../parts/icon.tsx";
import { saveBlob } from "../parts/save.ts";
import { attempt } from "../parts/toast.tsx";
import { texts } from "../texts/index.ts";
import { LogBuffer } from "./buffer.ts";
import { followLog, type LogSource, logFile } from "./follow.ts";
import { Rows } from "./rows.tsx";

const ranges = {
  last: ["10000", 0],
  quarter: ["all", 900],
  hour: ["all", 3600],
  day: ["all", 86_400],
  all: ["all", 0],
} as const;
type Range = keyof typeof ranges;
const rangeNames: readonly Range[] = ["last", "quarter", "hour", "day", "all"];

/** @param generation changes when the containers were restarted, to follow the log again */
export function LogView({ sources, generation }: { sources: readonly LogSource[]; generation: string }) {
  const [buffer] = useState(() => new LogBuffer());
  const [version, setVersion] = useState(0);
  const [search, setSearch] = useState("");
  const [timestamps, setTimestamps] = useState(false);
  const [wrap, setWrap] = useState(true);
  const [range, setRange] = useState<Range>("last");
  const [problem, setProblem] = useState("");
  const words = texts.value.logs;
  const [tail, since] = ranges[range];
  const key = sources.map(({ id }) => id).join();

  useEffect(() => {
    const cancel = new AbortController();
    const changed = oncePerFrame(() => setVersion((number) => number + 1));
    buffer.clear();
    changed();
    setProblem("");
    for (const source of sources) {
      const options = { timestamps, follow: true, tail, since };
      const hooks = { labelled: sources.length > 1, signal: cancel.signal, changed };
      followLog(buffer, source, options, hooks).catch((thrown: unknown) => {
        if (!cancel.signal.aborted) setProblem(thrown instanceof Error ? thrown.message : String(thrown));
      });
    }
    return () => cancel.abort();
  }, [key, timestamps, range, generation]);

  const download = () =>
    attempt(texts.value.common.download, async () => {
      for (const source of sources) {
        const options = { timestamps, follow: false, tail: "all", since };
        saveBlob(`${source.name}.log`, await logFile(source, options));
      }
    });
  return (
    <section class="logs">
      <div class="toolbar">
        <input
          type="search"
          placeholder={words.search}
          aria-label={words.search}
          value={search}
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
        <select
          aria-label={words.range}
          value={range}
          onChange={({ currentTarget }) => setRange(rangeNames.find((name) => name === currentTarget.value) ?? "last")}
        >
          {rangeNames.map((name) => (
            <option key={name} value={name}>
              {words.ranges[name]}
            </option>
          ))}
        </select>
        <label class="check">
          <input type="checkbox" checked={timestamps} onChange={() => setTimestamps(!timestamps)} /> {words.timestamps}
        </label>
        <label class="check">
          <input type="checkbox" checked={wrap} onChange={() => setWrap(!wrap)} /> {words.wrap}
        </label>
        <span class="space" />
        <span class="quiet">{words.lines(buffer.count, buffer.dropped)}</span>
        <button type="button" onClick={download}>
          <Icon name="download" size={16} /> {texts.value.common.download}
        </button>
      </div>
      {problem !== "" && (
        <div class="notice" role="alert">
          {problem}
        </div>
      )}
      <Rows
        buffer={buffer}
        version={version}
        search={search}
        wrap={wrap}
        labels={sources.length > 1 ? sources.map(({ name }) => name) : []}
      />
    </section>
  );
}

/** Calls back in the next frame, once for any number of requests. */
function oncePerFrame(callback: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      callback();
    });
  };
}
