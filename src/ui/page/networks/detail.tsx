// One network: its settings, and its containers to connect and disconnect.
import { useState } from "preact/hooks";
import type { NetworkInspect } from "../../../api/networks.ts";
import { containers, nameOf } from "../containers/list.ts";
import { post, session } from "../engine/requests.ts";
import { Card, Fact } from "../parts/card.tsx";
import { CopyButton } from "../parts/copy.tsx";
import { moment, shortId } from "../parts/format.ts";
import { attempt } from "../parts/toast.tsx";
import { linkTo } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { endpointsOf, isBuiltIn } from "./list.ts";

export function NetworkDetail({ network, onRemove }: { network: NetworkInspect; onRemove(): void }) {
  const [wanted, setWanted] = useState("");
  const { common, networks: words } = texts.value;
  const all = containers.value ?? [];
  const connected = endpointsOf(all).filter((endpoint) => endpoint.network === network.Name);
  const others = all.filter(({ Id }) => !connected.some(({ container }) => container.Id === Id));
  const candidate = others.some(({ Id }) => Id === wanted) ? wanted : (others[0]?.Id ?? "");
  const isOpen = !session.value?.readOnly;
  const change = (what: "connect" | "disconnect", id: string): Promise<boolean> =>
    attempt(words[what], () => post(`/networks/${network.Id}/${what}`, { json: { Container: id } }));
  return (
    <>
      <nav aria-label={texts.value.container.back} class="back">
        <a href={linkTo("networks")}>← {texts.value.pages.networks}</a>
      </nav>
      <div class="cards">
        <Card title={network.Name}>
          <Fact name={common.id}>
            {shortId(network.Id)} <CopyButton text={network.Id} what={common.id} />
          </Fact>
          <Fact name={words.driver}>{network.Driver}</Fact>
          {(network.IPAM.Config ?? []).map(({ Subnet, Gateway }) => (
            <Fact key={Subnet ?? ""} name={words.subnet}>{`${Subnet ?? ""}${Gateway ? ` (${Gateway})` : ""}`}</Fact>
          ))}
          {network.Internal && <Fact name={words.internal}>✓</Fact>}
          {network.Created !== "" && <Fact name={common.created}>{moment(new Date(network.Created))}</Fact>}
          {Object.entries({ ...network.Options, ...network.Labels }).map(([label, value]) => (
            <Fact key={label} name={label}>
              {value}
            </Fact>
          ))}
          {isOpen && !isBuiltIn(network) && (
            <button type="button" class="danger" onClick={onRemove}>
              {common.remove}
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
      </div>
    </>
  );
}
