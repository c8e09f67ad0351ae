// The log of one container or of several: followed, searched, wrapped, saved. Only rows in sight are in the document.
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../parts/icon.tsx";
import { saveBlob } from "../parts/save.ts";
import { attempt } from "../parts/toast.tsx";
import { texts } from "../texts/index.ts";
import { pieces, slice } from "./ansi.ts";
import { LogBuffer, type LogRow } from "./buffer.ts";
import { followLog, type LogSource, logFile } from "./follow.ts";

const ROW_HEIGHT = 20;
const ROWS_BEYOND = 20;
/** Width of a character of the log's typeface at its size; measured when the log is shown. */
const TYPICAL_CHARACTER_WIDTH = 7.5;

const ranges = {
  last: ["10000", 0],
  quarter: ["all", 900],
  hour: ["all", 3600],
  day: ["all", 86_400],
  all: ["all", 0],
} as const;
type Range = keyof typeof ranges;
const rangeNames: readonly Range[] = ["last", "quarter", "hour", "day", "all"];

/** @param generation changes when the containers were started again, and the log is followed anew */
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
        <span class="quiet">{words.lines(buffer.lines.length, buffer.dropped)}</span>
        <button type="button" onClick={download}>
          <Icon name="download" size={16} /> {texts.value.common.download}
        </button>
      </div>
      {problem !== "" && (
        <div class="notice" role="alert">
          {problem}
        </div>
      )}
      <Rows buffer={buffer} version={version} search={search} wrap={wrap} />
    </section>
  );
}

function Rows({
  buffer,
  version,
  search,
  wrap,
}: {
  buffer: LogBuffer;
  version: number;
  search: string;
  wrap: boolean;
}) {
  const element = useRef<HTMLElement>(null);
  const [view, setView] = useState({ top: 0, height: 600, columns: 100 });
  const following = useRef(true);
  const [isFollowing, setFollowing] = useState(true);
  buffer.show({ search, columns: wrap ? view.columns : 0 });
  const { rows } = buffer;

  const measure = (): void => {
    const { current } = element;
    if (!current) return;
    const { scrollTop: top, clientHeight: height, clientWidth, scrollHeight } = current;
    const columns = Math.max(20, Math.floor((clientWidth - 24) / (characterWidth(current) ?? TYPICAL_CHARACTER_WIDTH)));
    following.current = top + height >= scrollHeight - ROW_HEIGHT;
    setFollowing(following.current);
    setView((known) =>
      known.top === top && known.height === height && known.columns === columns ? known : { top, height, columns },
    );
  };
  useEffect(() => {
    measure();
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, []);
  useEffect(() => {
    if (following.current && element.current) element.current.scrollTop = element.current.scrollHeight;
  }, [version, rows.length, wrap]);

  const first = Math.max(0, Math.floor(view.top / ROW_HEIGHT) - ROWS_BEYOND);
  const shown = rows.slice(first, first + Math.ceil(view.height / ROW_HEIGHT) + 2 * ROWS_BEYOND);
  return (
    <div class="log-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="log-rows" ref={element} onScroll={measure} tabIndex={0} aria-label={texts.value.logs.title}>
        <div style={{ height: `${rows.length * ROW_HEIGHT}px` }}>
          <div style={{ transform: `translateY(${first * ROW_HEIGHT}px)` }}>
            {shown.map((row, index) => (
              <Row key={first + index} row={row} />
            ))}
          </div>
        </div>
        {rows.length === 0 && (
          <p class="quiet log-empty">{search === "" ? texts.value.logs.empty : texts.value.common.nothingFound}</p>
        )}
      </section>
      {!isFollowing && (
        <button
          type="button"
          class="primary to-end"
          onClick={() => element.current?.scrollTo({ top: element.current.scrollHeight })}
        >
          {texts.value.logs.toEnd}
        </button>
      )}
    </div>
  );
}

function Row({ row: { line, start, end } }: { row: LogRow }) {
  return (
    <div class={line.stream === 2 ? "log-row stderr" : "log-row"}>
      {line.source !== "" && start === 0 && <span class="log-source">{line.source}</span>}
      {slice(pieces(line.text), start, end).map(({ text, style }, index) => (
        <span key={`${start}-${index}`} class={style}>
          {text}
        </span>
      ))}
    </div>
  );
}

function characterWidth(element: HTMLElement): number | undefined {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return undefined;
  context.font = getComputedStyle(element).font;
  return context.measureText("0").width;
}

/** Calls back in the next frame, however often it is asked to before. */
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
