// Prompts for a name, and registry credentials if required, to pull or push an image.
import { useState } from "preact/hooks";
import { Dialog } from "../parts/dialog.tsx";
import { registryHeaders, runWithProgress, splitReference } from "../progress/lines.ts";
import type { Work } from "../progress/view.tsx";
import { texts } from "../texts/index.ts";

interface TransferProps {
  kind: "pull" | "push";
  name: string;
  onWork(work: Work): void;
  onClose(): void;
}

export function TransferDialog({ kind, name: given, onWork, onClose }: TransferProps) {
  const [name, setName] = useState(given);
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const words = texts.value.images;
  const start = (): void => {
    const { repository, tag } = splitReference(name.trim());
    const headers = registryHeaders(username === "" ? {} : { username, password });
    const [path, query] =
      kind === "pull" ? ["/images/create", { fromImage: repository, tag }] : [`/images/${repository}/push`, { tag }];
    onWork({
      title: `${words[kind]}: ${name}`,
      run: (onLine, signal) => runWithProgress(path, { query, headers, signal }, onLine),
    });
    onClose();
  };
  return (
    <Dialog title={words[kind]} action={words[kind]} disabled={name.trim() === ""} onAction={start} onClose={onClose}>
      <label class="field">
        {texts.value.common.name}
        <input placeholder="nginx:latest" value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} />
      </label>
      <details>
        <summary>{words.credentials}</summary>
        <label class="field">
          {words.username}
          <input
            autocomplete="off"
            value={username}
            onInput={({ currentTarget }) => setUsername(currentTarget.value)}
          />
        </label>
        <label class="field">
          {texts.value.signIn.password}
          <input
            type="password"
            autocomplete="off"
            value={password}
            onInput={({ currentTarget }) => setPassword(currentTarget.value)}
          />
        </label>
      </details>
    </Dialog>
  );
}
