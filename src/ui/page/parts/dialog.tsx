// A question in front of the page, in the browser's own dialog: focus stays inside, Escape closes it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { texts } from "../texts/index.ts";

export interface DialogProps {
  title: string;
  /** The word on the button that does it. */
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
        <h2 id="dialog-title">{title}</h2>
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
