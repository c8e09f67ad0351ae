// The diagram of all networks, or one network's containers if the address has a name.
import { useEffect, useState } from "preact/hooks";
import type { CreateNetworkRequest, NetworkInspect } from "../../../api/networks.ts";
import { containers, loadContainers, nameOf } from "../containers/list.ts";
import { keepLoaded } from "../engine/live.ts";
import { post, remove, session } from "../engine/requests.ts";
import { Card, Fact } from "../parts/card.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { attempt } from "../parts/toast.tsx";
import { go, linkTo, route } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { NetworkDrawing } from "./drawing.tsx";
import { endpointsOf, loadNetworks, networks } from "./list.ts";

/** The predefined networks, which cannot be removed. */
const builtIn = new Set(["bridge", "host", "none"]);

export function NetworksPage() {
  const [isCreating, setCreating] = useState(false);
  useEffect(() => keepLoaded(["network"], loadNetworks), []);
  useEffect(() => keepLoaded(["container", "network"], loadContainers), []);
  if (networks.value === undefined || containers.value === undefined) return null;
  const [name] = route.value.rest;
  const chosen = networks.value.find((network) => network.Name === name || network.Id === name);
  return (
    <>
      <div class="heading">
        <h1>{texts.value.pages.networks}</h1>
        <span class="space" />
        {!session.value?.readOnly && (
          <button type="button" class="primary" onClick={() => setCreating(true)}>
            <Icon name="plus" size={16} /> {texts.value.networks.create}
          </button>
        )}
      </div>
      <NetworkDrawing
        networks={networks.value.filter(({ Name }) => Name !== "none" && Name !== "host")}
        containers={containers.value}
      />
      {name !== undefined && !chosen && <Empty text={texts.value.common.nothingFound} />}
      {chosen && <Chosen key={chosen.Id} network={chosen} />}
      {!chosen && <p class="quiet">{texts.value.networks.hint}</p>}
      {isCreating && <CreateDialog onClose={() => setCreating(false)} />}
    </>
  );
}

function Chosen({ network }: { network: NetworkInspect }) {
  const [wanted, setWanted] = useState("");
  const [isRemoving, setRemoving] = useState(false);
  const words = texts.value.networks;
  const all = containers.value ?? [];
  const connected = endpointsOf(all).filter((endpoint) => endpoint.network === network.Name);
  const others = all.filter(({ Id }) => !connected.some(({ container }) => container.Id === Id));
  const candidate = others.some(({ Id }) => Id === wanted) ? wanted : (others[0]?.Id ?? "");
  const isOpen = !session.value?.readOnly;
  const change = (what: "connect" | "disconnect", id: string): Promise<boolean> =>
    attempt(words[what], () => post(`/networks/${network.Id}/${what}`, { json: { Container: id } }));
  return (
    <div class="cards">
      <Card title={network.Name}>
        <Fact name={words.driver}>{network.Driver}</Fact>
        {(network.IPAM.Config ?? []).map(({ Subnet, Gateway }) => (
          <Fact key={Subnet ?? ""} name={words.subnet}>{`${Subnet ?? ""}${Gateway ? ` (${Gateway})` : ""}`}</Fact>
        ))}
        {network.Internal && <Fact name={words.internal}>✓</Fact>}
        {Object.entries(network.Labels ?? {}).map(([label, value]) => (
          <Fact key={label} name={label}>
            {value}
          </Fact>
        ))}
        {isOpen && !builtIn.has(network.Name) && (
          <button type="button" class="danger" onClick={() => setRemoving(true)}>
            {texts.value.common.remove}
          </button>
        )}
      </Card>
      <Card title={texts.value.pages.containers}>
        {connected.length === 0 && <p class="quiet">{texts.value.details.none}</p>}
        {connected.map(({ container, address }) => (
          <Fact key={container.Id} name={address || container.State}>
            <a href={linkTo("containers", [container.Id])}>{nameOf(container)}</a>{" "}
            {isOpen && (
              <button
                type="button"
                class="small"
                aria-label={`${words.disconnect} ${nameOf(container)}`}
                onClick={() => change("disconnect", container.Id)}
              >
                {words.disconnect}
              </button>
            )}
          </Fact>
        ))}
        {isOpen && others.length > 0 && (
          <form
            class="toolbar"
            onSubmit={(event) => {
              event.preventDefault();
              void change("connect", candidate);
            }}
          >
            <select
              aria-label={texts.value.pages.containers}
              value={candidate}
              onChange={({ currentTarget }) => setWanted(currentTarget.value)}
            >
              {others.map((container) => (
                <option key={container.Id} value={container.Id}>
                  {nameOf(container)}
                </option>
              ))}
            </select>
            <button type="submit">{words.connect}</button>
          </form>
        )}
      </Card>
      {isRemoving && (
        <Dialog
          title={words.confirmRemove(network.Name)}
          action={texts.value.common.remove}
          danger
          onClose={() => setRemoving(false)}
          onAction={() => {
            setRemoving(false);
            void attempt(`${texts.value.common.remove} ${network.Name}`, () => remove(`/networks/${network.Id}`)).then(
              (isRemoved) => {
                if (isRemoved) go(linkTo("networks"));
              },
            );
          }}
        />
      )}
    </div>
  );
}

function CreateDialog({ onClose }: { onClose(): void }) {
  const [name, setName] = useState("");
  const [subnet, setSubnet] = useState("");
  const [isInternal, setInternal] = useState(false);
  const words = texts.value.networks;
  const create = (): void => {
    onClose();
    const json: CreateNetworkRequest = {
      Name: name,
      Driver: "bridge",
      Internal: isInternal,
      ...(subnet !== "" && { IPAM: { Config: [{ Subnet: subnet }] } }),
    };
    void attempt(words.create, () => post("/networks/create", { json })).then((isCreated) => {
      if (isCreated) go(linkTo("networks", [name]));
    });
  };
  return (
    <Dialog
      title={words.create}
      action={texts.value.common.create}
      disabled={name === ""}
      onAction={create}
      onClose={onClose}
    >
      <label class="field">
        {texts.value.common.name}
        <input value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} />
      </label>
      <label class="field">
        {words.subnet}
        <input
          placeholder="172.30.0.0/24"
          value={subnet}
          onInput={({ currentTarget }) => setSubnet(currentTarget.value)}
        />
      </label>
      <label class="check">
        <input type="checkbox" checked={isInternal} onChange={() => setInternal(!isInternal)} /> {words.internal}
      </label>
    </Dialog>
  );
}
