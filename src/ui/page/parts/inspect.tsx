// What the engine says about an object, as a tree or as its JSON.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { texts } from "../texts/index.ts";
import { CopyButton } from "./copy.tsx";
import { Icon } from "./icon.tsx";
import { saveBlob } from "./save.ts";
import { Segments } from "./segments.tsx";
import { Tree } from "./tree.tsx";

const views = ["tree", "json"] as const;

export function Inspect({ value, name, children }: { value: unknown; name: string; children?: ComponentChildren }) {
  const [view, setView] = useState<(typeof views)[number]>("tree");
  const json = JSON.stringify(value, null, 2);
  const words = texts.value.inspect;
  const options = views.map((key) => ({ key, title: words.views[key] }));
  return (
    <>
      <div class="toolbar">
        <Segments label={words.view} options={options} current={view} onChoose={(key) => setView(key)} />
        {children}
        <span class="space" />
        <CopyButton text={json} what="JSON" />
        <button
          type="button"
          onClick={() => saveBlob(`${name}.json`, new Blob([`${json}\n`], { type: "application/json" }))}
        >
          <Icon name="download" size={16} /> {texts.value.common.download}
        </button>
      </div>
      <div class="card padded">
        {view === "tree" ? (
          <Tree value={value} open />
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
          <pre class="whole" tabIndex={0}>
            {json}
          </pre>
        )}
      </div>
    </>
  );
}
