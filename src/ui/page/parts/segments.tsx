// A choice among a few views, all of them in sight.
export interface Segment<K extends string> {
  key: K;
  title: string;
  count?: number;
}

export function Segments<K extends string>({
  options,
  current,
  label,
  onChoose,
}: {
  options: readonly Segment<K>[];
  current: K;
  label: string;
  onChoose(key: K): void;
}) {
  return (
    <fieldset class="segments" aria-label={label}>
      {options.map(({ key, title, count }) => (
        <button key={key} type="button" aria-pressed={key === current} onClick={() => onChoose(key)}>
          {title}
          {count !== undefined && <span class="figure">{count}</span>}
        </button>
      ))}
    </fieldset>
  );
}
