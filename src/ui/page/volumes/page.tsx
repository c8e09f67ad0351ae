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
import { bytes, moment, shortList } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { useLoaded } from "../parts/loaded.ts";
import { Loading } from "../parts/loading.tsx";
import { Search } from "../parts/search.tsx";
import { Selected } from "../parts/selected.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { attempt } from "../parts/toast.tsx";
import { go, linkTo, route } from "../routing.ts";
import { texts } from "../texts/index.ts";

export function VolumesPage() {
  useEffect(() => keepLoaded(["container", "volume"], loadContainers), []);
  const listed = useLoaded("volumes", ["volume"], () => get<ListVolumesAnswer>("/volumes"));
  const usage = useLoaded("volumes", ["volume"], () => get<DiskUsageAnswer>("/system/df", { type: "volume" }));
  if (listed.state === "loading" || containers.value === undefined) return <Loading />;
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
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [removing, setRemoving] = useState<readonly string[]>([]);
  const words = texts.value.volumes;
  const search = (route.value.query.get("search") ?? "").toLowerCase();
  const rows = volumes.filter(({ Name }) => Name.toLowerCase().includes(search));
  const chosen = rows.filter(({ Name }) => selected.has(Name)).map(({ Name }) => Name);
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
      <Selected count={chosen.length} onClear={() => setSelected(new Set())} onRemove={() => setRemoving(chosen)} />
      {volumes.length === 0 ? (
        <Empty text={words.empty} command="berth volume create data" icon="volume" />
      ) : rows.length === 0 ? (
        <Empty text={texts.value.common.nothingFound} />
      ) : (
        <Table
          rows={rows}
          idOf={({ Name }) => Name}
          nameOf={({ Name }) => Name}
          columns={columns(sizes, (name) => setRemoving([name]))}
          {...(isOpen && { selection: { selected, onChange: setSelected } })}
        />
      )}
      {isCreating && <CreateDialog onClose={() => setCreating(false)} />}
      {removing.length > 0 && <RemoveDialog names={removing} onClose={() => setRemoving([])} />}
    </>
  );
}

function columns(sizes: ReadonlyMap<string, number>, onRemove: (name: string) => void): Column<VolumeInspect>[] {
  const { common, images, networks } = texts.value;
  return [
    {
      key: "name",
      title: common.name,
      order: ({ Name }) => Name,
      cell: ({ Name }) => (
        <a href={linkTo("volumes", [Name])} title={Name}>
          {Name}
        </a>
      ),
    },
    { key: "driver", title: networks.driver, cell: ({ Driver }) => Driver, wide: true },
    {
      key: "users",
      title: images.usedBy,
      order: ({ Name }) => usersOf(Name).length,
      cell: ({ Name }) => <Users volume={Name} />,
      wide: true,
    },
    {
      key: "size",
      title: common.size,
      order: ({ Name }) => sizes.get(Name) ?? -1,
      cell: ({ Name }) => sizeText(sizes.get(Name)),
      numeric: true,
    },
    {
      key: "actions",
      title: "",
      align: "end",
      cell: ({ Name }) =>
        !session.value?.readOnly && (
          <button
            type="button"
            class="plain danger"
            title={common.remove}
            aria-label={`${common.remove} ${Name}`}
            onClick={() => onRemove(Name)}
          >
            <Icon name="remove" />
          </button>
        ),
    },
  ];
}

/** The first container by name, and how many others there are. */
function Users({ volume }: { volume: string }) {
  const [first, ...others] = usersOf(volume);
  if (!first) return <span class="quiet">–</span>;
  return (
    <>
      <a href={linkTo("containers", [first.container.Id])}>{nameOf(first.container)}</a>
      {others.length > 0 && <span class="badge">{`+${others.length}`}</span>}
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
      {isRemoving && <RemoveDialog names={[volume.Name]} onClose={() => setRemoving(false)} />}
    </>
  );
}

function RemoveDialog({ names, onClose }: { names: readonly string[]; onClose(): void }) {
  const words = texts.value.volumes;
  const removeAll = async (): Promise<void> => {
    onClose();
    const removed = await Promise.all(
      names.map((name) =>
        attempt(`${texts.value.common.remove} ${name}`, () => remove(`/volumes/${encodeURIComponent(name)}`)),
      ),
    );
    if (removed.every((isRemoved) => isRemoved)) go(linkTo("volumes"));
  };
  return (
    <Dialog
      title={words.confirmRemove(shortList(names))}
      action={texts.value.common.remove}
      danger
      onAction={removeAll}
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
