// Builds an image from a chosen or dropped directory or archive.
import { useEffect, useRef, useState } from "preact/hooks";
import { askContext } from "../engine/requests.ts";
import { archiveOf } from "../files/archive.ts";
import { Icon } from "../parts/icon.tsx";
import { attempt } from "../parts/toast.tsx";
import { runWithProgress } from "../progress/lines.ts";
import type { Work } from "../progress/view.tsx";
import { texts } from "../texts/index.ts";
import { type ContextFile, contextOf } from "./context.ts";
import { droppedFiles } from "./dropped.ts";

export function BuildForm({ onWork }: { onWork(work: Work): void }) {
  const [name, setName] = useState("");
  const [dockerfile, setDockerfile] = useState("");
  const directory = useRef<HTMLInputElement>(null);
  const archive = useRef<HTMLInputElement>(null);
  const words = texts.value.build;
  useEffect(() => {
    if (directory.current) directory.current.webkitdirectory = true;
  }, []);
  const build = (files: readonly ContextFile[]): void => {
    const [first] = files;
    if (!first) return;
    const isArchive = files.length === 1 && /\.(?:tar|tgz|tar\.\w+)$/.test(first.name);
    const query = { ...(name !== "" && { t: name }), ...(dockerfile !== "" && { dockerfile }) };
    onWork({
      title: `${texts.value.images.build} ${name}`,
      run: async (onLine, signal) => {
        const body = isArchive ? first.file : await archiveOf(await contextOf(files, dockerfile, askContext));
        const headers = { "content-type": "application/x-tar" };
        await runWithProgress("/build", { query, body, headers, signal }, onLine);
      },
    });
  };
  return (
    <section
      class="card padded drop"
      aria-label={texts.value.images.build}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        const { dataTransfer } = event;
        if (dataTransfer) void attempt(texts.value.images.build, async () => build(await droppedFiles(dataTransfer)));
      }}
    >
      <p class="quiet">{words.drop}</p>
      <div class="toolbar">
        <input
          placeholder={words.name}
          aria-label={words.name}
          value={name}
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
        <input
          placeholder="Dockerfile"
          aria-label={words.dockerfile}
          value={dockerfile}
          onInput={({ currentTarget }) => setDockerfile(currentTarget.value)}
        />
        <input
          ref={directory}
          type="file"
          hidden
          onChange={({ currentTarget }) => build(chosenFiles(currentTarget.files))}
        />
        <input
          ref={archive}
          type="file"
          hidden
          onChange={({ currentTarget }) =>
            build([...(currentTarget.files ?? [])].map((file) => ({ name: file.name, file })))
          }
        />
        <button type="button" class="primary" onClick={() => directory.current?.click()}>
          <Icon name="project" size={16} /> {words.directory}
        </button>
        <button type="button" onClick={() => archive.current?.click()}>
          <Icon name="file" size={16} /> {words.archive}
        </button>
      </div>
    </section>
  );
}

/** Files of a chosen directory, with paths relative to it. */
function chosenFiles(files: FileList | null): ContextFile[] {
  return [...(files ?? [])].map((file) => ({ name: file.webkitRelativePath.split("/").slice(1).join("/"), file }));
}
