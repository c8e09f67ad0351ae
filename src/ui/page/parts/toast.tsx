// Short messages in a corner of the page, for errors and completed actions.
import { signal } from "@preact/signals";
import { texts } from "../texts/index.ts";
import { Icon } from "./icon.tsx";
import { withoutDirections } from "./plain.ts";

interface Toast {
  id: number;
  kind: "good" | "bad";
  message: string;
}

const GOOD_MILLISECONDS = 4000;
const BAD_MILLISECONDS = 12_000;
const MAX_SHOWN = 4;

const toasts = signal<readonly Toast[]>([]);
let nextId = 1;

export function notify(kind: Toast["kind"], message: string): void {
  const id = nextId++;
  const shown = { id, kind, message: withoutDirections(message) };
  toasts.value = [...toasts.value, shown].slice(-MAX_SHOWN);
  setTimeout(() => dismiss(id), kind === "good" ? GOOD_MILLISECONDS : BAD_MILLISECONDS);
}

/** Runs a user's action and shows its error. @returns whether it succeeded */
export async function attempt(what: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (thrown) {
    notify("bad", texts.value.common.failed(what, thrown instanceof Error ? thrown.message : String(thrown)));
    return false;
  }
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(({ id, kind, message }) => (
        <div key={id} class={`toast ${kind}`}>
          <Icon name={kind === "good" ? "check" : "warning"} />
          <span>{message}</span>
          <button type="button" class="plain" aria-label={texts.value.common.close} onClick={() => dismiss(id)}>
            <Icon name="close" size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
