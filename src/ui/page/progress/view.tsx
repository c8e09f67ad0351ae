// The progress of a long operation: a bar for each item, and its output.
import { useEffect, useRef, useState } from "preact/hooks";
import type { ProgressLine } from "../../../api/images.ts";
import { pieces } from "../logs/ansi.ts";
import { bytes } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { texts } from "../texts/index.ts";

export interface Work {
  title: string;
  run(onLine: (line: ProgressLine) => void, signal: AbortSignal): Promise<void>;
}

const MAX_LINES = 5000;

interface Shown {
  parts: ReadonlyMap<string, ProgressLine>;
  lines: readonly string[];
}

const nothing: Shown = { parts: new Map(), lines: [] };

export function WorkProgress({ work, onClose }: { work: Work; onClose(): void }) {
  const [shown, setShown] = useState(nothing);
  const [outcome, setOutcome] = useState<{ isDone: boolean; text: string }>();
  const log = useRef<HTMLPreElement>(null);
  const cancel = useRef<AbortController>(undefined);
  useEffect(() => {
    setShown(nothing);
    setOutcome(undefined);
    const controller = new AbortController();
    cancel.current = controller;
    // A page that shows something else by then is left alone.
    const isCurrent = (): boolean => cancel.current === controller;
    const add = (line: ProgressLine): void =>
      setShown(({ parts, lines }) => {
        if (!isCurrent()) return { parts, lines };
        if (line.id !== undefined && line.stream === undefined)
          return { parts: new Map(parts).set(line.id, line), lines };
        const text = line.stream ?? line.status;
        if (text === undefined || text.trim() === "") return { parts, lines };
        return { parts, lines: [...lines, ...text.replace(/\n$/, "").split("\n")].slice(-MAX_LINES) };
      });
    const { progress } = texts.value;
    work.run(add, controller.signal).then(
      () => {
        if (isCurrent()) setOutcome({ isDone: true, text: progress.done });
      },
      (thrown: unknown) => {
        const reason = thrown instanceof Error ? thrown.message : String(thrown);
        if (isCurrent()) setOutcome({ isDone: false, text: controller.signal.aborted ? progress.cancelled : reason });
      },
    );
  }, [work]);
  useEffect(() => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [shown.lines]);
  return (
    <section class="card padded work" aria-label={work.title}>
      <div class="card-title">
        <h2>{work.title}</h2>
        {outcome ? (
          <button type="button" class="plain" aria-label={texts.value.common.close} onClick={onClose}>
            <Icon name="close" size={16} />
          </button>
        ) : (
          <button type="button" class="small" onClick={() => cancel.current?.abort()}>
            {texts.value.common.cancel}
          </button>
        )}
      </div>
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
