// The order of a table's rows: sorted, and grouped under headings.

export interface Order<T> {
  sortValue(row: T): string | number;
  descending: boolean;
}

export interface Group<T> {
  name: string;
  /** In the table's order. */
  rows: readonly T[];
}

/** One line of a table. */
export type Item<T> =
  | { kind: "group"; group: Group<T> }
  | { kind: "row"; row: T /** Whether it belongs to the heading above it. */; isMember: boolean };

export interface Arrangement<T> {
  order: Order<T> | undefined;
  groups?: { nameOf(row: T): string; isCollapsed(name: string): boolean };
}

/** A group is placed where its first row is; rows without a group are sorted among the groups. */
export function itemsOf<T>(rows: readonly T[], { order, groups }: Arrangement<T>): Item<T>[] {
  const sorted = order ? sort(rows, order) : rows;
  if (!groups) return sorted.map((row) => ({ kind: "row", row, isMember: false }));
  const members = Map.groupBy(sorted, groups.nameOf);
  const items: Item<T>[] = [];
  for (const row of sorted) {
    const name = groups.nameOf(row);
    const group = members.get(name);
    if (name === "") items.push({ kind: "row", row, isMember: false });
    else if (group?.[0] === row) {
      items.push({ kind: "group", group: { name, rows: group } });
      if (!groups.isCollapsed(name))
        for (const member of group) items.push({ kind: "row", row: member, isMember: true });
    }
  }
  return items;
}

const collator = new Intl.Collator(undefined, { numeric: true });

function sort<T>(rows: readonly T[], { sortValue, descending }: Order<T>): T[] {
  const sign = descending ? -1 : 1;
  const keyed = rows.map((row) => ({ row, value: sortValue(row) }));
  keyed.sort(({ value: one }, { value: other }) =>
    typeof one === "number" && typeof other === "number"
      ? sign * (one - other)
      : sign * collator.compare(String(one), String(other)),
  );
  return keyed.map(({ row }) => row);
}
