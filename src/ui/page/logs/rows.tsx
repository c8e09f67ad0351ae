// The rows of a log, virtualized: only visible rows are in the document.
import { useEffect, useRef, useState } from "preact/hooks";
import { texts } from "../texts/index.ts";
import { piecesBetween } from "./ansi.ts";
import type { LogRow } from "./block.ts";
import type { LogBuffer } from "./buffer.ts";

const ROW_HEIGHT = 20;
const ROWS_BEYOND = 20;
/** Browsers limit the height of an element: Firefox to 17.9 million pixels, Chromium to 33.5 million. */
const MAX_HEIGHT = 16_000_000;
/** Width of a character in the log's font; measured when the log is shown. */
const TYPICAL_CHARACTER_WIDTH = 7.5;
const MIN_COLUMNS = 20;
/** Padding in pixels beside the text, and above and below the rows. */
const SIDE_PADDING = 32;
const END_PADDING = 16;
/** Time per frame for counting rows after the search or the width changed. */
const SETTLE_MILLISECONDS = 8;
/** Colours of container names. */
const COLOURS = 6;
/** Longer container names are truncated. */
const MAX_LABEL = 24;

export interface RowsProps {
  buffer: LogBuffer;
  /** Changes with the buffer's content. */
  version: number;
  search: string;
  wrap: boolean;
  /** Names of the containers, when there are several. */
  labels: readonly string[];
}

export function Rows({ buffer, version, search, wrap, labels }: RowsProps) {
  const element = useRef<HTMLElement>(null);
  const [view, setView] = useState({ top: 0, height: 600, columns: 100 });
  const following = useRef(true);
  /** Where following or scrolling left off. */
  const lastTop = useRef(0);
  const [isFollowing, setFollowing] = useState(true);
  const [, setTurn] = useState(0);
  const seenDropped = useRef(0);
  const labelWidth = Math.min(MAX_LABEL, Math.max(0, ...labels.map(({ length }) => length)));
  const columns = Math.max(MIN_COLUMNS, view.columns - (labelWidth === 0 ? 0 : labelWidth + 1));
  buffer.show({ search, columns: wrap ? columns : 0 });
  const isSettled = buffer.settle(SETTLE_MILLISECONDS);

  const { rowCount } = buffer;
  const whole = rowCount * ROW_HEIGHT;
  const height = Math.min(whole, MAX_HEIGHT);
  /** Log pixels per pixel of scrolling: more than one when the log is higher than an element can be. */
  const ratio = height > view.height ? (whole - view.height) / (height - view.height) : 1;
  const scrolled = following.current ? Math.max(0, height + END_PADDING - view.height) : view.top;
  const top = scrolled * ratio;
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - ROWS_BEYOND);
  const shown = buffer.rows(first, Math.ceil(view.height / ROW_HEIGHT) + 2 * ROWS_BEYOND);

  const measure = (): void => {
    const { current } = element;
    if (!current) return;
    const { clientHeight, clientWidth } = current;
    const fitting = Math.floor((clientWidth - SIDE_PADDING) / (characterWidth(current) ?? TYPICAL_CHARACTER_WIDTH));
    setView(({ top: known }) => ({ top: known, height: clientHeight, columns: fitting }));
  };
  const scroll = (): void => {
    const { current } = element;
    if (!current) return;
    const { scrollTop } = current;
    // Lines that arrive before this event move the end away: only going up stops following.
    following.current = isAtEnd(current) || (following.current && scrollTop >= lastTop.current);
    lastTop.current = scrollTop;
    setFollowing(following.current);
    // While following the end, the position is known without a layout query.
    if (!following.current) setView((known) => (known.top === scrollTop ? known : { ...known, top: scrollTop }));
  };
  useEffect(() => {
    measure();
    // The typeface that is measured until its own has arrived is another one.
    void document.fonts.ready.then(measure);
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, []);
  useEffect(() => {
    following.current = true;
  }, [search, wrap]);
  useEffect(() => {
    if (isSettled) return;
    const frame = requestAnimationFrame(() => setTurn((turn) => turn + 1));
    return () => cancelAnimationFrame(frame);
  });
  useEffect(() => {
    const { current } = element;
    if (!current) return;
    const gone = buffer.droppedRows - seenDropped.current;
    seenDropped.current = buffer.droppedRows;
    // The event of a scroll may be still to come.
    if (following.current && current.scrollTop < lastTop.current && !isAtEnd(current)) scroll();
    else if (following.current) {
      current.scrollTop = current.scrollHeight;
      lastTop.current = current.scrollTop;
    }
    // Keep the visible rows in place when older lines are dropped.
    else if (gone > 0) current.scrollTop -= (gone * ROW_HEIGHT) / ratio;
  }, [version, rowCount, wrap]);

  const scrollBy = (pixels: number): void => {
    if (element.current) element.current.scrollTop += pixels / ratio;
  };
  return (
    <div class="log-frame" style={{ "--label": `${labelWidth}ch` }}>
      <section
        class={wrap ? "log-rows wrapped" : "log-rows"}
        ref={element}
        onScroll={scroll}
        onWheel={(event) => {
          if (ratio === 1 || event.deltaY === 0) return;
          event.preventDefault();
          scrollBy(event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * ROW_HEIGHT : event.deltaY);
        }}
        onKeyDown={(event) => {
          const rows = stepOf(event.key, Math.floor(view.height / ROW_HEIGHT) - 1);
          if (ratio === 1 || rows === 0) return;
          event.preventDefault();
          scrollBy(rows * ROW_HEIGHT);
        }}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        tabIndex={0}
        aria-label={texts.value.logs.title}
      >
        <div style={{ height: `${height}px` }}>
          <div style={{ transform: `translateY(${scrolled + first * ROW_HEIGHT - top}px)` }}>
            {shown.map((row, index) => (
              // Reuse elements for other rows: creating new ones would take longer.
              <Row key={index} row={row} colour={labels.indexOf(row.line.source) % COLOURS} />
            ))}
          </div>
        </div>
        {rowCount === 0 && isSettled && (
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

const isAtEnd = ({ scrollTop, clientHeight, scrollHeight }: HTMLElement): boolean =>
  scrollTop + clientHeight >= scrollHeight - ROW_HEIGHT;

/** Rows to scroll for a key. */
function stepOf(key: string, page: number): number {
  switch (key) {
    case "ArrowDown":
      return 1;
    case "ArrowUp":
      return -1;
    case "PageDown":
      return page;
    case "PageUp":
      return -page;
    default:
      return 0;
  }
}

/** @param colour of the container's name */
function Row({ row: { line, start, end }, colour }: { row: LogRow; colour: number }) {
  return (
    <div class={line.stream === 2 ? "log-row stderr" : "log-row"}>
      {line.source !== "" && <span class={`log-source wire-${colour}`}>{start === 0 ? line.source : ""}</span>}
      {piecesBetween(line.text, start, end).map(({ text, style }, index) => (
        <span key={index} class={style}>
          {text}
        </span>
      ))}
    </div>
  );
}

function characterWidth(element: HTMLElement): number | undefined {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return undefined;
  // The shorthand `font` is empty when a part has no place in it, such as ligatures.
  const { fontSize, fontFamily } = getComputedStyle(element);
  context.font = `${fontSize} ${fontFamily}`;
  return context.measureText("0").width;
}
