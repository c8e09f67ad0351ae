// Actions on the selected containers.
import type { ContainerSummary } from "../../../api/containers.ts";
import { session } from "../engine/requests.ts";
import { Icon } from "../parts/icon.tsx";
import { Selected } from "../parts/selected.tsx";
import { actOnAll, candidates } from "../projects/actions.ts";
import { linkTo } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { actionIcons, lifeActions } from "./actions.ts";

export function SelectionBar({
  chosen,
  onRemove,
  onClear,
}: {
  chosen: readonly ContainerSummary[];
  onRemove(): void;
  onClear(): void;
}) {
  const { container, containers: words } = texts.value;
  const isOpen = !session.value?.readOnly;
  const ids = chosen.map(({ Id }) => Id.slice(0, 12)).join(",");
  return (
    <Selected count={chosen.length} onClear={onClear} onRemove={isOpen ? onRemove : undefined}>
      <a class="button" href={linkTo("logs", [ids])}>
        <Icon name="logs" size={15} /> {container.tabs.logs}
      </a>
      {isOpen &&
        lifeActions
          .filter((action) => candidates(action, chosen).length > 0)
          .map((action) => (
            <button key={action} type="button" onClick={() => actOnAll(action, chosen)}>
              <Icon name={actionIcons[action]} size={15} /> {words[action]}
            </button>
          ))}
    </Selected>
  );
}
