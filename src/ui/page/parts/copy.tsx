// A button that copies a text, and a command that can be copied.
import { useEffect, useState } from "preact/hooks";
import { texts } from "../texts/index.ts";
import { Icon } from "./icon.tsx";
import { notify } from "./toast.tsx";

const SHOWN_MILLISECONDS = 1500;

/** Copies a text to the clipboard; reports when the browser refuses. @returns whether it did */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (thrown) {
    notify("bad", texts.value.common.failed(texts.value.common.copy, String(thrown)));
    return false;
  }
}

/** @param what names the text for the button's label: "ID" */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const label = isCopied ? texts.value.common.copied : `${texts.value.common.copy} ${what}`;
  return (
    <button
      type="button"
      class="plain copy"
      aria-label={label}
      title={label}
      onClick={() => void copy(text).then(setCopied)}
    >
      <Icon name={isCopied ? "check" : "copy"} size={14} />
    </button>
  );
}

export function Command({ line }: { line: string }) {
  return (
    <span class="command">
      <code>{line}</code>
      <CopyButton text={line} what={texts.value.details.command} />
    </span>
  );
}
