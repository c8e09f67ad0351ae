// A JSON value as a collapsible tree; every text is rendered as plain text.
export function Tree({ value, name, open = false }: { value: unknown; name?: string; open?: boolean }) {
  const label = name === undefined ? null : <span class="tree-name">{name}: </span>;
  if (typeof value !== "object" || value === null) {
    return (
      <div class="tree-leaf">
        {label}
        <span class={`tree-${value === null ? "null" : typeof value}`}>{JSON.stringify(value)}</span>
      </div>
    );
  }
  const entries = Object.entries(value);
  const [before, after] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) {
    return (
      <div class="tree-leaf">
        {label}
        <span class="quiet">{`${before}${after}`}</span>
      </div>
    );
  }
  return (
    <details class="tree" open={open}>
      <summary>
        {label}
        <span class="quiet">{`${before}${entries.length}${after}`}</span>
      </summary>
      {entries.map(([key, child]) => (
        <Tree key={key} name={key} value={child} />
      ))}
    </details>
  );
}
