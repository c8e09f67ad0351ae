// Actions on the selected containers.
import type { ContainerSummary } from "../../../api/containers.ts";
import { actOnAll, candidates } from "../projects/actions.ts";
import { texts } from "../texts/index.ts";
import { lifeActions } from "./actions.ts";

export function SelectionBar({
  chosen,
  onRemove,
  onClear,
}: {
  chosen: readonly ContainerSummary[];
  onRemove(): void;
  onClear(): void;
}) {
  const { common, containers: words } = texts.value;
  return (
    <section class="card selection" aria-label={common.selected(chosen.length)}>
      <strong>{common.selected(chosen.length)}</strong>
      {lifeActions
        .filter((action) => candidates(action, chosen).length > 0)
        .map((action) => (
          <button key={action} type="button" onClick={() => actOnAll(action, chosen)}>
            {words[action]}
          </button>
        ))}
      <button type="button" class="danger" onClick={onRemove}>
        {common.remove}
      </button>
      <span class="space" />
      <button type="button" class="link" onClick={onClear}>
        {common.clearSelection}
      </button>
    </section>
  );
}
