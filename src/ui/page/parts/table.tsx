// A table that is searched, sorted and selected from; only the rows near the window are in the document.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { route, setQuery } from "../routing.ts";
import { texts } from "../texts/index.ts";

export interface Column<T> {
  key: string;
  title: string;
  cell(row: T): ComponentChildren;
  /** What rows are sorted by; a column without it is not sorted. */
  order?(row: T): string | number;
  /** Left out on narrow screens. */
  wide?: boolean;
  align?: "end";
}

export interface TableProps<T> {
  rows: readonly T[];
  columns: readonly Column<T>[];
  idOf(row: T): string;
  nameOf(row: T): string;
  selection?: { selected: ReadonlySet<string>; onChange(selected: ReadonlySet<string>): void };
}

const ROW_HEIGHT = 44;
const ROWS_BEYOND = 12;

export function Table<T>({ rows, columns, idOf, nameOf, selection }: TableProps<T>) {
  const sortKey = route.value.query.get("sort") ?? "";
  const descending = sortKey.startsWith("-");
  const sorted = sort(rows, columns, sortKey.replace(/^-/, ""), descending);
  const { element, first, last } = useVisibleRange(sorted.length);
  const all = selection !== undefined && rows.length > 0 && rows.every((row) => selection.selected.has(idOf(row)));
  const cells = columns.length + (selection ? 1 : 0);
  return (
    <table ref={element} aria-rowcount={sorted.length + 1}>
      <thead>
        <tr>
          {selection && (
            <th class="check" scope="col">
              <input
                type="checkbox"
                aria-label={texts.value.common.selectAll}
                checked={all}
                onChange={() => selection.onChange(all ? new Set() : new Set(rows.map(idOf)))}
              />
            </th>
          )}
          {columns.map((column) => (
            <Head key={column.key} column={column} sortKey={sortKey} descending={descending} />
          ))}
        </tr>
      </thead>
      <tbody>
        <Beyond rows={first} cells={cells} />
        {sorted.slice(first, last).map((row) => {
          const id = idOf(row);
          return (
            <tr key={id} style={{ height: `${ROW_HEIGHT}px` }}>
              {selection && (
                <td class="check">
                  <input
                    type="checkbox"
                    aria-label={texts.value.common.select(nameOf(row))}
                    checked={selection.selected.has(id)}
                    onChange={() => selection.onChange(toggled(selection.selected, id))}
                  />
                </td>
              )}
              {columns.map((column) => (
                <td key={column.key} class={classOf(column)}>
                  <div class="cell">{column.cell(row)}</div>
                </td>
              ))}
            </tr>
          );
        })}
        <Beyond rows={sorted.length - last} cells={cells} />
      </tbody>
    </table>
  );
}

const classOf = <T,>({ key, wide, align }: Column<T>): string => `${key} ${wide ? "wide" : ""} ${align ?? ""}`;

/** The room of rows that are not in the document. */
function Beyond({ rows, cells }: { rows: number; cells: number }) {
  if (rows <= 0) return null;
  return (
    <tr class="beyond" style={{ height: `${rows * ROW_HEIGHT}px` }}>
      <td colSpan={cells} />
    </tr>
  );
}

function Head<T>({ column, sortKey, descending }: { column: Column<T>; sortKey: string; descending: boolean }) {
  const { key, title, order } = column;
  const isSorted = sortKey.replace(/^-/, "") === key;
  const direction = !isSorted ? "none" : descending ? "descending" : "ascending";
  return (
    <th scope="col" aria-sort={order ? direction : undefined} class={classOf(column)}>
      {order ? (
        <button
          type="button"
          class="plain"
          onClick={() => setQuery({ sort: isSorted && !descending ? `-${key}` : key })}
        >
          {title}
          {isSorted && <span aria-hidden="true">{descending ? " ↓" : " ↑"}</span>}
        </button>
      ) : (
        title || <span class="unseen">{texts.value.common.actions}</span>
      )}
    </th>
  );
}

function sort<T>(rows: readonly T[], columns: readonly Column<T>[], key: string, descending: boolean): readonly T[] {
  const order = columns.find((column) => column.key === key)?.order;
  if (!order) return rows;
  const sign = descending ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [order(one), order(other)];
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
  });
}

export function toggled(selected: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** Which rows are near the window; follows scrolling. */
function useVisibleRange(count: number) {
  const element = useRef<HTMLTableElement>(null);
  const [range, setRange] = useState({ first: 0, last: 60 });
  useEffect(() => {
    const update = (): void => {
      const top = element.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / ROW_HEIGHT) - ROWS_BEYOND);
      const last = first + Math.ceil(window.innerHeight / ROW_HEIGHT) + 2 * ROWS_BEYOND;
      setRange((known) => (known.first === first && known.last === last ? known : { first, last }));
    };
    update();
    window.addEventListener("scroll", update, { passive: true });
    window.addEventListener("resize", update);
    return () => {
      window.removeEventListener("scroll", update);
      window.removeEventListener("resize", update);
    };
  }, []);
  return { element, first: Math.min(range.first, count), last: Math.min(range.last, count) };
}
