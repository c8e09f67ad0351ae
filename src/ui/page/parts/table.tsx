// A table with sorting, selection and groups. Only rows near the viewport are in the document.
import { Component, type ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { route, setQuery } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { type Group, type Item, itemsOf, type Order } from "./rows.ts";

export interface Column<T> {
  key: string;
  title: string;
  cell(row: T): ComponentChildren;
  /** This column's content in a group heading. */
  groupCell?(group: Group<T>): ComponentChildren;
  /** The sort key; a column without one cannot be sorted. */
  order?(row: T): string | number;
  /** Hidden on narrow screens. */
  wide?: boolean;
  align?: "end";
  /** Numbers, aligned at their ends. */
  numeric?: boolean;
}

export interface TableProps<T> {
  rows: readonly T[];
  /** Unchanged rows are not rendered again while this is the same array. */
  columns: readonly Column<T>[];
  idOf(row: T): string;
  nameOf(row: T): string;
  selection?: { selected: ReadonlySet<string>; onChange(selected: ReadonlySet<string>): void };
  groups?: {
    /** The group of a row; "" for none. */
    nameOf(row: T): string;
    isCollapsed(name: string): boolean;
  };
  /** Called with the rows in the document, and those of collapsed groups, whenever they change. */
  onVisible?(rows: readonly T[]): void;
}

const ROW_HEIGHT = 44;
const ROWS_BEYOND = 8;
/** Rows come and go in steps of this number, so that most scrolling renders nothing. */
const ROWS_PER_STEP = 4;

export function Table<T>({ rows, columns, idOf, nameOf, selection, groups, onVisible }: TableProps<T>) {
  const sortKey = route.value.query.get("sort") ?? "";
  const items = itemsOf(rows, { order: orderOf(columns, sortKey), ...(groups && { groups }) });
  const { element, first, last } = useVisibleRange(items.length);
  const shown = items.slice(first, last);
  useEffect(() => onVisible?.(shown.flatMap((item) => (item.kind === "row" ? [item.row] : item.group.rows))));
  const keyOf = (item: Item<T>): string => (item.kind === "row" ? idOf(item.row) : `group ${item.group.name}`);
  return (
    <table ref={element} aria-rowcount={items.length + 1}>
      <thead>
        <tr>
          {selection && (
            <th class="check" scope="col">
              <Check label={texts.value.common.selectAll} ids={rows.map(idOf)} {...selection} />
            </th>
          )}
          {columns.map((column) => (
            <Head key={column.key} column={column} sortKey={sortKey} />
          ))}
        </tr>
      </thead>
      <tbody>
        <Beyond rows={first} />
        {shown.map((item) => (
          <tr key={keyOf(item)} class={classOfItem(item)} style={{ height: `${ROW_HEIGHT}px` }}>
            {selection && (
              <td class="check">
                {item.kind === "row" ? (
                  <Check label={texts.value.common.select(nameOf(item.row))} ids={[idOf(item.row)]} {...selection} />
                ) : (
                  <Check
                    label={texts.value.common.select(item.group.name)}
                    ids={item.group.rows.map(idOf)}
                    {...selection}
                  />
                )}
              </td>
            )}
            {item.kind === "row" ? (
              <Cells row={item.row} columns={columns} />
            ) : (
              columns.map((column) => (
                <td key={column.key} class={classOf(column)}>
                  <Cell content={column.groupCell?.(item.group)} />
                </td>
              ))
            )}
          </tr>
        ))}
        <Beyond rows={items.length - last} />
      </tbody>
    </table>
  );
}

const classOf = <T,>({ key, wide, align, numeric }: Column<T>): string =>
  `of-${key} ${wide ? "wide" : ""} ${align ?? ""} ${numeric ? "num" : ""}`;

const classOfItem = <T,>(item: Item<T>): string => (item.kind === "group" ? "group" : item.isMember ? "member" : "");

interface CellsProps<T> {
  row: T;
  columns: readonly Column<T>[];
}

/** The cells of a row; rendered again only for another row object or other columns. */
class Cells<T> extends Component<CellsProps<T>> {
  override shouldComponentUpdate({ row, columns }: CellsProps<T>): boolean {
    return row !== this.props.row || columns !== this.props.columns;
  }

  render({ row, columns }: CellsProps<T>) {
    return <CellContents row={row} columns={columns} />;
  }
}

/** A component of its own, because signals that cells read render it again. */
function CellContents<T>({ row, columns }: CellsProps<T>) {
  return (
    <>
      {columns.map((column) => (
        <td key={column.key} class={classOf(column)}>
          <Cell content={column.cell(row)} />
        </td>
      ))}
    </>
  );
}

/** Truncates text with an ellipsis and shows the whole text in a tooltip. */
function Cell({ content }: { content: ComponentChildren }) {
  return <div class="cell">{typeof content === "string" ? <span title={content}>{content}</span> : content}</div>;
}

/** A checkbox for several rows: checked when all of them are selected. */
function Check({
  label,
  ids,
  selected,
  onChange,
}: { label: string; ids: readonly string[] } & NonNullable<TableProps<never>["selection"]>) {
  const count = ids.filter((id) => selected.has(id)).length;
  const isChecked = count > 0 && count === ids.length;
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={isChecked}
      indeterminate={count > 0 && !isChecked}
      onChange={() => {
        const next = new Set(selected);
        for (const id of ids) isChecked ? next.delete(id) : next.add(id);
        onChange(next);
      }}
    />
  );
}

/** Fills the space of rows that are not in the document. */
function Beyond({ rows }: { rows: number }) {
  if (rows <= 0) return null;
  return (
    <tr class="beyond" style={{ height: `${rows * ROW_HEIGHT}px` }}>
      <td />
    </tr>
  );
}

function Head<T>({ column, sortKey }: { column: Column<T>; sortKey: string }) {
  const { key, title, order } = column;
  const isSorted = sortKey.replace(/^-/, "") === key;
  const descending = sortKey.startsWith("-");
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

function orderOf<T>(columns: readonly Column<T>[], sortKey: string): Order<T> | undefined {
  const sortValue = columns.find(({ key }) => key === sortKey.replace(/^-/, ""))?.order;
  return sortValue && { sortValue, descending: sortKey.startsWith("-") };
}

/** The rows near the viewport; follows scrolling. */
function useVisibleRange(count: number) {
  const element = useRef<HTMLTableElement>(null);
  const [range, setRange] = useState({ first: 0, last: 60 });
  useEffect(() => {
    const update = (): void => {
      const top = element.current?.getBoundingClientRect().top ?? 0;
      const step = Math.floor(-top / ROW_HEIGHT / ROWS_PER_STEP) * ROWS_PER_STEP;
      const first = Math.max(0, step - ROWS_BEYOND);
      const last = Math.max(0, step) + Math.ceil(window.innerHeight / ROW_HEIGHT) + ROWS_PER_STEP + ROWS_BEYOND;
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
