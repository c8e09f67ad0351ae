// A modal dialog, in the browser's own element: it traps the focus and closes on Escape.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { texts } from "../texts/index.ts";
import { withoutDirections } from "./plain.ts";

export interface DialogProps {
  title: string;
  /** Label of the confirm button. */
  action: string;
  danger?: boolean;
  disabled?: boolean;
  onAction(): void;
  onClose(): void;
  children?: ComponentChildren;
}

export function Dialog({ title, action, danger = false, disabled = false, onAction, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog ref={element} onClose={onClose} aria-labelledby="dialog-title">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onAction();
        }}
      >
        <h2 id="dialog-title">{withoutDirections(title)}</h2>
        {children}
        <div class="dialog-buttons">
          <button type="button" onClick={onClose}>
            {texts.value.common.cancel}
          </button>
          <button type="submit" class={danger ? "danger" : "primary"} disabled={disabled}>
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
