// The drawing and the list of all networks; one network's containers if the address has a name.

import { useEffect, useState } from "preact/hooks";
import type { NetworkInspect } from "../../../api/networks.ts";
import { containers, loadContainers } from "../containers/list.ts";
import { keepLoaded } from "../engine/live.ts";
import { remove, session } from "../engine/requests.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Empty } from "../parts/empty.tsx";
import { shortList } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { Loading } from "../parts/loading.tsx";
import { isNarrow } from "../parts/narrow.ts";
import { Search } from "../parts/search.tsx";
import { Selected } from "../parts/selected.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { attempt } from "../parts/toast.tsx";
import { linkTo, route } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { NetworkCards } from "./cards.tsx";
import { CreateNetworkDialog } from "./create-dialog.tsx";
import { NetworkDetail } from "./detail.tsx";
import { NetworkDrawing } from "./drawing.tsx";
import { endpointsOf, isBuiltIn, isDrawnFor, loadNetworks, networks } from "./list.ts";

export function NetworksPage() {
  const [isCreating, setCreating] = useState(false);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [removing, setRemoving] = useState<readonly NetworkInspect[]>([]);
  useEffect(() => keepLoaded(["network"], loadNetworks), []);
  useEffect(() => keepLoaded(["container", "network"], loadContainers), []);
  if (networks.value === undefined || containers.value === undefined) return <Loading />;
  const [name] = route.value.rest;
  const chosen = networks.value.find((network) => network.Name === name || network.Id === name);
  const search = route.value.query.get("search") ?? "";
  const isOpen = !session.value?.readOnly;
  const shownContainers =
    search === "" ? containers.value : containers.value.filter((container) => isDrawnFor(container, search));
  const used = new Set(endpointsOf(shownContainers).map(({ network }) => network));
  const isShown = ({ Name }: NetworkInspect): boolean =>
    search === "" || used.has(Name) || Name.toLowerCase().includes(search.toLowerCase());
  const drawn = networks.value.filter(
    (network) => network.Name !== "none" && network.Name !== "host" && isShown(network),
  );
  const rows = networks.value.filter(isShown);
  const marked = rows.filter((network) => selected.has(network.Id) && !isBuiltIn(network));
  return (
    <>
      <div class="heading">
        <h1>{texts.value.pages.networks}</h1>
        <Search />
        <span class="space" />
        {isOpen && (
          <button type="button" class="primary" onClick={() => setCreating(true)}>
            <Icon name="plus" size={16} /> {texts.value.networks.create}
          </button>
        )}
      </div>
      {name !== undefined && !chosen && <Empty text={texts.value.common.nothingFound} />}
      {drawn.length === 0 ? (
        <Empty text={texts.value.common.nothingFound} />
      ) : isNarrow.value ? (
        !chosen && <NetworkCards networks={drawn} containers={shownContainers} />
      ) : (
        <NetworkDrawing networks={drawn} containers={shownContainers} chosen={chosen?.Name} />
      )}
      {chosen ? (
        <NetworkDetail key={chosen.Id} network={chosen} onRemove={() => setRemoving([chosen])} />
      ) : (
        <>
          <Selected count={marked.length} onClear={() => setSelected(new Set())} onRemove={() => setRemoving(marked)} />
          <div class="listed">
            <Table
              rows={rows}
              columns={columns((network) => setRemoving([network]))}
              idOf={({ Id }) => Id}
              nameOf={({ Name }) => Name}
              {...(isOpen && { selection: { selected, onChange: setSelected } })}
            />
          </div>
        </>
      )}
      {isCreating && <CreateNetworkDialog onClose={() => setCreating(false)} />}
      {removing.length > 0 && <RemoveDialog networks={removing} onClose={() => setRemoving([])} />}
    </>
  );
}

function columns(onRemove: (network: NetworkInspect) => void): readonly Column<NetworkInspect>[] {
  const { common, networks: words, images } = texts.value;
  const users = Map.groupBy(endpointsOf(containers.value ?? []), ({ network }) => network);
  const countOf = ({ Name }: NetworkInspect): number => users.get(Name)?.length ?? 0;
  return [
    {
      key: "name",
      title: common.name,
      order: ({ Name }) => Name,
      cell: ({ Name, Internal }) => (
        <>
          <a href={linkTo("networks", [Name])}>{Name}</a>
          {Internal && <span class="badge">{words.internalShort}</span>}
        </>
      ),
    },
    { key: "driver", title: words.driver, order: ({ Driver }) => Driver, cell: ({ Driver }) => Driver, wide: true },
    {
      key: "subnet",
      title: words.subnet,
      cell: ({ IPAM }) => <span>{(IPAM.Config ?? []).map(({ Subnet }) => Subnet).join(", ")}</span>,
      wide: true,
    },
    { key: "users", title: images.usedBy, order: countOf, cell: (network) => images.users(countOf(network)) },
    {
      key: "actions",
      title: "",
      align: "end",
      cell: (network) =>
        !session.value?.readOnly &&
        !isBuiltIn(network) && (
          <button
            type="button"
            class="plain danger"
            title={common.remove}
            aria-label={`${common.remove} ${network.Name}`}
            onClick={() => onRemove(network)}
          >
            <Icon name="remove" />
          </button>
        ),
    },
  ];
}

function RemoveDialog({ networks: chosen, onClose }: { networks: readonly NetworkInspect[]; onClose(): void }) {
  const { common, networks: words } = texts.value;
  const removeAll = async (): Promise<void> => {
    onClose();
    await Promise.all(
      chosen.map(({ Id, Name }) => attempt(`${common.remove} ${Name}`, () => remove(`/networks/${Id}`))),
    );
    if (route.value.rest.length > 0) location.hash = linkTo("networks");
  };
  return (
    <Dialog
      title={words.confirmRemove(shortList(chosen.map(({ Name }) => Name)))}
      action={common.remove}
      danger
      onClose={onClose}
      onAction={removeAll}
    />
  );
}
