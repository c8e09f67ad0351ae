// The actions of a container's page; those with a question have a dialog.
import { useState } from "preact/hooks";
import type { ContainerInspect } from "../../../api/containers.ts";
import { post } from "../engine/requests.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Icon } from "../parts/icon.tsx";
import { Menu, type MenuItem } from "../parts/menu.tsx";
import { saveAnswer } from "../parts/save.ts";
import { attempt, notify } from "../parts/toast.tsx";
import { splitReference } from "../progress/lines.ts";
import { go, linkTo } from "../routing.ts";
import { copyLine, openCopy } from "../run/draft.ts";
import { texts } from "../texts/index.ts";
import { act, actionIcons, actionsFor, type LifeAction } from "./actions.ts";
import { LimitsDialog } from "./limits.tsx";
import { containers } from "./list.ts";
import { RemoveDialog } from "./parts.tsx";

/** Further actions are in the menu. */
const MAX_BUTTONS = 2;

export function DetailActions({ container, name }: { container: ContainerInspect; name: string }) {
  const [asked, setAsked] = useState<"rename" | "remove" | "limits" | "commit">();
  const { common, containers: words } = texts.value;
  const { Id } = container;
  const summary = containers.value?.find((candidate) => candidate.Id === Id);
  const actions = actionsFor(container.State.Status);
  const run = (action: LifeAction) => void attempt(`${words[action]} ${name}`, () => act(action, Id));
  const close = (): void => setAsked(undefined);
  const items = (): readonly MenuItem[] => [
    ...actions.slice(MAX_BUTTONS).map((action) => ({
      title: words[action],
      icon: actionIcons[action],
      run: () => run(action),
    })),
    { title: words.rename, icon: "edit", run: () => setAsked("rename") },
    { title: words.limits, icon: "sliders", run: () => setAsked("limits") },
    { title: words.replace, icon: "restart", run: () => void openCopy(Id, name, "replace") },
    { title: words.duplicate, icon: "plus", run: () => void openCopy(Id, name, "duplicate") },
    { title: words.copyLine, icon: "copy", run: () => void copyLine(Id) },
    { title: words.commit, icon: "image", run: () => setAsked("commit") },
    { title: words.export, icon: "download", run: () => saveAnswer(`${name}.tar`, `/containers/${Id}/export`) },
  ];
  return (
    <>
      {actions.slice(0, MAX_BUTTONS).map((action) => (
        <button key={action} type="button" onClick={() => run(action)}>
          <Icon name={actionIcons[action]} size={15} /> {words[action]}
        </button>
      ))}
      <Menu label={common.more} title={texts.value.frame.more} items={items} />
      <button type="button" class="danger" onClick={() => setAsked("remove")}>
        <Icon name="remove" size={15} /> {common.remove}
      </button>
      {asked === "rename" && <RenameDialog id={Id} name={name} onClose={close} />}
      {asked === "commit" && <CommitDialog id={Id} name={name} onClose={close} />}
      {asked === "limits" && <LimitsDialog container={container} name={name} onClose={close} />}
      {asked === "remove" && summary && (
        <RemoveDialog containers={[summary]} onClose={close} onRemoved={() => go(linkTo("containers"))} />
      )}
    </>
  );
}

function RenameDialog({ id, name, onClose }: { id: string; name: string; onClose(): void }) {
  const [newName, setNewName] = useState(name);
  const words = texts.value.containers;
  return (
    <Dialog
      title={`${words.rename}: ${name}`}
      action={words.rename}
      disabled={newName === "" || newName === name}
      onClose={onClose}
      onAction={() => {
        onClose();
        void attempt(words.rename, () => post(`/containers/${id}/rename`, { query: { name: newName } }));
      }}
    >
      <label class="field">
        {texts.value.common.name}
        <input value={newName} onInput={({ currentTarget }) => setNewName(currentTarget.value)} />
      </label>
    </Dialog>
  );
}

function CommitDialog({ id, name, onClose }: { id: string; name: string; onClose(): void }) {
  const [image, setImage] = useState(`${name}:latest`);
  const [comment, setComment] = useState("");
  const words = texts.value.containers;
  const commit = (): void => {
    onClose();
    const { repository: repo, tag } = splitReference(image);
    void attempt(words.commit, () => post("/commit", { query: { container: id, repo, tag, comment } })).then(
      (isDone) => {
        if (isDone) notify("good", words.committed(image));
      },
    );
  };
  return (
    <Dialog
      title={`${words.commit}: ${name}`}
      action={words.commit}
      disabled={image === ""}
      onClose={onClose}
      onAction={commit}
    >
      <label class="field">
        {texts.value.build.name}
        <input value={image} onInput={({ currentTarget }) => setImage(currentTarget.value)} />
      </label>
      <label class="field">
        {words.comment}
        <input value={comment} onInput={({ currentTarget }) => setComment(currentTarget.value)} />
      </label>
    </Dialog>
  );
}
