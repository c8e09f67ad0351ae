// Components shared by the container list and the container page.
import { useState } from "preact/hooks";
import type { ContainerSummary } from "../../../api/containers.ts";
import { Dialog } from "../parts/dialog.tsx";
import { shortList } from "../parts/format.ts";
import { attempt } from "../parts/toast.tsx";
import { texts } from "../texts/index.ts";
import { removeContainer } from "./actions.ts";
import { nameOf } from "./list.ts";
import { toneOf } from "./tone.ts";

export function State({ state, status = "" }: { state: string; status?: string }) {
  return <span class={`state ${toneOf(state, status)}`} role="img" aria-label={state} title={state} />;
}

/** Docker's words about a container, in the colour of its state. */
export function Status({ state, status }: { state: string; status: string }) {
  return (
    <span class={`status ${toneOf(state, status)}`} title={status}>
      {status}
    </span>
  );
}

export function RemoveDialog({
  containers: chosen,
  onClose,
  onRemoved,
}: {
  containers: readonly ContainerSummary[];
  onClose(): void;
  onRemoved?(): void;
}) {
  const [force, setForce] = useState(false);
  const [volumes, setVolumes] = useState(false);
  const words = texts.value.containers;
  const running = chosen.some(({ State: state }) => state === "running" || state === "paused");
  const names = shortList(chosen.map(nameOf));
  const removeAll = async (): Promise<void> => {
    onClose();
    const removed = await Promise.all(
      chosen.map((container) =>
        attempt(`${texts.value.common.remove} ${nameOf(container)}`, () =>
          removeContainer(container.Id, { force, volumes }),
        ),
      ),
    );
    if (removed.every((isRemoved) => isRemoved)) onRemoved?.();
  };
  return (
    <Dialog
      title={words.confirmRemove(names)}
      action={texts.value.common.remove}
      danger
      disabled={running && !force}
      onAction={removeAll}
      onClose={onClose}
    >
      {running && (
        <label class="check">
          <input type="checkbox" checked={force} onChange={() => setForce(!force)} /> {words.force}
        </label>
      )}
      <label class="check">
        <input type="checkbox" checked={volumes} onChange={() => setVolumes(!volumes)} /> {words.removeVolumes}
      </label>
    </Dialog>
  );
}
