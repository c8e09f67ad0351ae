// The progress of a long operation: a bar for each item, and its output.
import { useEffect, useRef, useState } from "preact/hooks";
import type { ProgressLine } from "../../../api/images.ts";
import { pieces } from "../logs/ansi.ts";
import { bytes } from "../parts/format.ts";
import { texts } from "../texts/index.ts";

export interface Work {
  title: string;
  run(onLine: (line: ProgressLine) => void): Promise<void>;
}

const MAX_LINES = 5000;

interface Shown {
  parts: ReadonlyMap<string, ProgressLine>;
  lines: readonly string[];
}

export function WorkProgress({ work, onEnd }: { work: Work; onEnd?(isDone: boolean): void }) {
  const [shown, setShown] = useState<Shown>({ parts: new Map(), lines: [] });
  const [outcome, setOutcome] = useState<{ isDone: boolean; text: string }>();
  const log = useRef<HTMLPreElement>(null);
  useEffect(() => {
    const add = (line: ProgressLine): void =>
      setShown(({ parts, lines }) => {
        if (line.id !== undefined && line.stream === undefined)
          return { parts: new Map(parts).set(line.id, line), lines };
        const text = line.stream ?? line.status;
        if (text === undefined || text.trim() === "") return { parts, lines };
        return { parts, lines: [...lines, ...text.replace(/\n$/, "").split("\n")].slice(-MAX_LINES) };
      });
    work.run(add).then(
      () => {
        setOutcome({ isDone: true, text: texts.value.progress.done });
        onEnd?.(true);
      },
      (thrown: unknown) => {
        setOutcome({ isDone: false, text: thrown instanceof Error ? thrown.message : String(thrown) });
        onEnd?.(false);
      },
    );
  }, [work]);
  useEffect(() => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [shown.lines]);
  return (
    <section class="card padded work" aria-label={work.title}>
      <h2>{work.title}</h2>
      {[...shown.parts].map(([id, { status, progressDetail }]) => (
        <Part key={id} id={id} status={status ?? ""} current={progressDetail?.current} total={progressDetail?.total} />
      ))}
      {shown.lines.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <pre ref={log} tabIndex={0}>
          {shown.lines.map((line, index) => (
            <div key={index} class={/^(?:Step|#\d+)/.test(line) ? "step" : ""}>
              {pieces(line).map(({ text, style }, piece) => (
                <span key={piece} class={style}>
                  {text}
                </span>
              ))}
            </div>
          ))}
        </pre>
      )}
      <p role="status" class={outcome === undefined ? "quiet" : outcome.isDone ? "good" : "bad"}>
        {outcome?.text ?? texts.value.progress.running}
      </p>
    </section>
  );
}

interface PartProps {
  id: string;
  status: string;
  current: number | undefined;
  total: number | undefined;
}

function Part({ id, status, current = 0, total = 0 }: PartProps) {
  return (
    <div class="part">
      <code>{id}</code>
      <span class="quiet">
        {total > 0 && current < total ? `${status} ${bytes(current)} / ${bytes(total)}` : status}
      </span>
      {total > 0 && (
        <div class="bar">
          <div style={{ width: `${Math.min(100, (current / total) * 100)}%` }} />
        </div>
      )}
    </div>
  );
}
