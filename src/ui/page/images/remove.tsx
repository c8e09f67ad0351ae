// The dialog that asks before images are removed.

import { useState } from "preact/hooks";
import { remove } from "../engine/requests.ts";
import { Dialog } from "../parts/dialog.tsx";
import { shortList } from "../parts/format.ts";
import { attempt } from "../parts/toast.tsx";
import { texts } from "../texts/index.ts";

export function RemoveImages({
  images: chosen,
  onClose,
  onRemoved,
}: {
  images: readonly { id: string; title: string }[];
  onClose(): void;
  onRemoved?(): void;
}) {
  const [force, setForce] = useState(false);
  const words = texts.value.images;
  const removeAll = async (): Promise<void> => {
    onClose();
    for (const { id, title } of chosen) {
      const isRemoved = await attempt(`${texts.value.common.remove} ${title}`, () =>
        remove(`/images/${id}`, { force }),
      );
      if (!isRemoved) return;
    }
    onRemoved?.();
  };
  return (
    <Dialog
      title={words.confirmRemove(shortList(chosen.map(({ title }) => title)))}
      action={texts.value.common.remove}
      danger
      onAction={removeAll}
      onClose={onClose}
    >
      <label class="check">
        <input type="checkbox" checked={force} onChange={() => setForce(!force)} /> {words.force}
      </label>
    </Dialog>
  );
}
