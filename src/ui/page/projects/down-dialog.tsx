// Confirms the removal of a Compose project.
import type { ContainerSummary } from "../../../api/containers.ts";
import { Dialog } from "../parts/dialog.tsx";
import { attempt } from "../parts/toast.tsx";
import { texts } from "../texts/index.ts";
import { takeDown } from "./actions.ts";

export function DownDialog({
  project,
  containers,
  onClose,
}: {
  project: string;
  containers: readonly ContainerSummary[];
  onClose(): void;
}) {
  const words = texts.value.projects;
  return (
    <Dialog
      title={words.confirmDown(project)}
      action={words.down}
      danger
      onAction={() => {
        onClose();
        void attempt(`${words.down} ${project}`, () => takeDown(project, containers));
      }}
      onClose={onClose}
    />
  );
}
