// The placeholder of a page whose list is still asked for. It fades in late, so that fast answers show nothing of it.
import { texts } from "../texts/index.ts";

const rows = [64, 82, 71, 90, 58, 77] as const;

export function Loading() {
  return (
    <div class="loading card" role="status" aria-label={texts.value.common.loading}>
      {rows.map((width) => (
        <div key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
