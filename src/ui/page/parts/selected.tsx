// The bar of selected rows, with the removal of all of them.
import type { ComponentChildren } from "preact";
import { texts } from "../texts/index.ts";
import { Icon } from "./icon.tsx";

export interface SelectedProps {
  count: number;
  onClear(): void;
  /** Absent where nothing can be removed. */
  onRemove?: (() => void) | undefined;
  /** Further actions. */
  children?: ComponentChildren;
}

export function Selected({ count, onClear, onRemove, children }: SelectedProps) {
  const { common } = texts.value;
  if (count === 0) return null;
  return (
    <section class="card selection" aria-label={common.selected(count)}>
      <strong>{common.selected(count)}</strong>
      {children}
      {onRemove && (
        <button type="button" class="danger" onClick={onRemove}>
          <Icon name="remove" size={15} /> {common.remove}
        </button>
      )}
      <span class="space" />
      <button
        type="button"
        class="plain"
        aria-label={common.clearSelection}
        title={common.clearSelection}
        onClick={onClear}
      >
        <Icon name="close" size={16} />
      </button>
    </section>
  );
}
