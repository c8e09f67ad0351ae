// A container's changes to its image's files.
import type { FilesystemChange } from "../../../api/containers.ts";
import { get } from "../engine/requests.ts";
import { Empty } from "../parts/empty.tsx";
import { useLoaded } from "../parts/loaded.ts";
import { Table } from "../parts/table.tsx";
import { texts } from "../texts/index.ts";

export function ChangesTab({ id }: { id: string }) {
  const loaded = useLoaded(
    id,
    [],
    async () => (await get<FilesystemChange[] | null>(`/containers/${id}/changes`)) ?? [],
  );
  const words = texts.value.changes;
  if (loaded.state === "loading") return null;
  if (loaded.state === "failed") return <Empty text={loaded.reason} />;
  if (loaded.value.length === 0) return <Empty text={words.none} />;
  return (
    <Table
      rows={loaded.value}
      idOf={({ Path }) => Path}
      nameOf={({ Path }) => Path}
      columns={[
        { key: "kind", title: words.kind, order: ({ Kind }) => Kind, cell: ({ Kind }) => words.kinds[Kind] },
        {
          key: "path",
          title: texts.value.files.path,
          order: ({ Path }) => Path,
          cell: ({ Path }) => <code>{Path}</code>,
        },
      ]}
    />
  );
}
