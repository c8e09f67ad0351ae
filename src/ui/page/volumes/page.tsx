// Volumes: their sizes, containers and files.
import { useEffect, useState } from "preact/hooks";
import type { DiskUsageAnswer } from "../../../api/system.ts";
import type { ListVolumesAnswer, VolumeInspect } from "../../../api/volumes.ts";
import { containers, loadContainers, nameOf } from "../containers/list.ts";
import { keepLoaded } from "../engine/live.ts";
import { get, post, remove, session } from "../engine/requests.ts";
import { FileBrowser } from "../files/browser.tsx";
import { volumePlace } from "../files/place.ts";
import { Card, Fact } from "../parts/card.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Empty } from "../parts/empty.tsx";
import { bytes, moment } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { useLoaded } from "../parts/loaded.ts";
import { Search } from "../parts/search.tsx";
import { Table } from "../parts/table.tsx";
import { attempt } from "../parts/toast.tsx";
import { go, linkTo, route } from "../routing.ts";
import { texts } from "../texts/index.ts";

export function VolumesPage() {
  useEffect(() => keepLoaded(["container", "volume"], loadContainers), []);
  const listed = useLoaded("volumes", ["volume"], () => get<ListVolumesAnswer>("/volumes"));
  const usage = useLoaded("volumes", ["volume"], () => get<DiskUsageAnswer>("/system/df", { type: "volume" }));
  if (listed.state === "loading" || containers.value === undefined) return null;
  if (listed.state === "failed") return <Empty text={listed.reason} />;
  const sizes = new Map<string, number>();
  if (usage.state === "loaded") {
    for (const { Name, UsageData } of usage.value.Volumes ?? []) sizes.set(Name, UsageData?.Size ?? -1);
  }
  const volumes = listed.value.Volumes ?? [];
  const [name] = route.value.rest;
  if (name === undefined) return <VolumeList volumes={volumes} sizes={sizes} />;
  const volume = volumes.find(({ Name }) => Name === name);
  return volume ? (
    <VolumeDetail volume={volume} size={sizes.get(name)} />
  ) : (
    <Empty text={texts.value.common.nothingFound} />
  );
}

const usersOf = (volume: string) =>
  (containers.value ?? []).flatMap((container) =>
    container.Mounts.filter(({ Name }) => Name === volume).map(({ Destination }) => ({ container, Destination })),
  );

const sizeText = (size: number | undefined): string => (size === undefined || size < 0 ? "–" : bytes(size));

function VolumeList({ volumes, sizes }: { volumes: readonly VolumeInspect[]; sizes: ReadonlyMap<string, number> }) {
  const [isCreating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<string>();
  const words = texts.value.volumes;
  const search = (route.value.query.get("search") ?? "").toLowerCase();
  const rows = volumes.filter(({ Name }) => Name.toLowerCase().includes(search));
  const isOpen = !session.value?.readOnly;
  return (
    <>
      <div class="heading">
        <h1>{texts.value.pages.volumes}</h1>
        <Search />
        <span class="space" />
        {isOpen && (
          <button type="button" class="primary" onClick={() => setCreating(true)}>
            <Icon name="plus" size={16} /> {words.create}
          </button>
        )}
      </div>
      {volumes.length === 0 ? (
        <Empty text={words.empty} command="berth volume create data" />
      ) : rows.length === 0 ? (
        <Empty text={texts.value.common.nothingFound} />
      ) : (
        <Table
          rows={rows}
          idOf={({ Name }) => Name}
          nameOf={({ Name }) => Name}
          columns={[
            {
              key: "name",
              title: texts.value.common.name,
              order: ({ Name }) => Name,
              cell: ({ Name }) => <a href={linkTo("volumes", [Name])}>{Name}</a>,
            },
            { key: "driver", title: texts.value.networks.driver, cell: ({ Driver }) => Driver, wide: true },
            {
              key: "size",
              title: texts.value.common.size,
              order: ({ Name }) => sizes.get(Name) ?? -1,
              cell: ({ Name }) => sizeText(sizes.get(Name)),
            },
            {
              key: "users",
              title: texts.value.images.usedBy,
              order: ({ Name }) => usersOf(Name).length,
              cell: ({ Name }) => texts.value.images.users(usersOf(Name).length),
              wide: true,
            },
            {
              key: "actions",
              title: "",
              align: "end",
              cell: ({ Name }) =>
                isOpen && (
                  <button
                    type="button"
                    class="plain"
                    aria-label={`${texts.value.common.remove} ${Name}`}
                    onClick={() => setRemoving(Name)}
                  >
                    <Icon name="remove" />
                  </button>
                ),
            },
          ]}
        />
      )}
      {isCreating && <CreateDialog onClose={() => setCreating(false)} />}
      {removing !== undefined && <RemoveDialog name={removing} onClose={() => setRemoving(undefined)} />}
    </>
  );
}

function VolumeDetail({ volume, size }: { volume: VolumeInspect; size: number | undefined }) {
  const words = texts.value.volumes;
  const users = usersOf(volume.Name);
  const [isRemoving, setRemoving] = useState(false);
  return (
    <>
      <nav aria-label={texts.value.container.back} class="back">
        <a href={linkTo("volumes")}>← {texts.value.pages.volumes}</a>
      </nav>
      <div class="heading">
        <h1>{volume.Name}</h1>
        <span class="badge">{sizeText(size)}</span>
        <span class="space" />
        {!session.value?.readOnly && (
          <button type="button" class="danger" onClick={() => setRemoving(true)}>
            {texts.value.common.remove}
          </button>
        )}
      </div>
      <div class="cards">
        <Card title={texts.value.container.tabs.details}>
          <Fact name={texts.value.networks.driver}>{volume.Driver}</Fact>
          <Fact name={words.mountpoint}>
            <code>{volume.Mountpoint}</code>
          </Fact>
          {volume.CreatedAt && <Fact name={texts.value.common.created}>{moment(new Date(volume.CreatedAt))}</Fact>}
          {Object.entries(volume.Labels ?? {}).map(([label, value]) => (
            <Fact key={label} name={label}>
              {value}
            </Fact>
          ))}
        </Card>
        <Card title={texts.value.images.usedBy}>
          {users.length === 0 && <p class="quiet">{words.unused}</p>}
          {users.map(({ container, Destination }) => (
            <Fact key={`${container.Id}${Destination}`} name={nameOf(container)}>
              <a href={linkTo("containers", [container.Id], { tab: "files", path: Destination })}>{Destination}</a>
            </Fact>
          ))}
        </Card>
      </div>
      <h2 class="part-title">{texts.value.files.title}</h2>
      <FileBrowser place={volumePlace(volume.Name, containers.value ?? [])} />
      {isRemoving && <RemoveDialog name={volume.Name} onClose={() => setRemoving(false)} />}
    </>
  );
}

function RemoveDialog({ name, onClose }: { name: string; onClose(): void }) {
  const words = texts.value.volumes;
  const removeVolume = async (): Promise<void> => {
    onClose();
    const isRemoved = await attempt(`${texts.value.common.remove} ${name}`, () =>
      remove(`/volumes/${encodeURIComponent(name)}`),
    );
    if (isRemoved) go(linkTo("volumes"));
  };
  return (
    <Dialog
      title={words.confirmRemove(name)}
      action={texts.value.common.remove}
      danger
      onAction={removeVolume}
      onClose={onClose}
    />
  );
}

function CreateDialog({ onClose }: { onClose(): void }) {
  const [name, setName] = useState("");
  const words = texts.value.volumes;
  return (
    <Dialog
      title={words.create}
      action={texts.value.common.create}
      onClose={onClose}
      onAction={() => {
        onClose();
        void attempt(words.create, () => post("/volumes/create", { json: { Name: name } }));
      }}
    >
      <label class="field">
        {texts.value.common.name}
        <input value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} />
      </label>
    </Dialog>
  );
}
