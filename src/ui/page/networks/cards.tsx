// The networks on a narrow screen: a card for each, with its containers, their addresses and published ports.
import { useState } from "preact/hooks";
import type { ContainerSummary } from "../../../api/containers.ts";
import type { NetworkInspect } from "../../../api/networks.ts";
import { nameOf } from "../containers/list.ts";
import { State } from "../containers/parts.tsx";
import { linkTo } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { type Endpoint, endpointsOf, publishedPorts } from "./list.ts";

const MAX_SHOWN = 8;
const MAX_PORTS = 2;
const COLOURS = 6;

export function NetworkCards({
  networks,
  containers,
}: {
  networks: readonly NetworkInspect[];
  containers: readonly ContainerSummary[];
}) {
  const endpoints = Map.groupBy(endpointsOf(containers), ({ network }) => network);
  return (
    <section aria-label={texts.value.networks.drawing}>
      {networks.map((network, index) => (
        <NetworkCard
          key={network.Id}
          network={network}
          endpoints={endpoints.get(network.Name) ?? []}
          colour={index % COLOURS}
        />
      ))}
    </section>
  );
}

function PublishedPorts({ container }: { container: ContainerSummary }) {
  const texts = publishedPorts(container);
  const further = texts.length - MAX_PORTS;
  if (texts.length === 0) return null;
  return (
    <span class="ports">
      {texts.slice(0, MAX_PORTS).map((text) => (
        <span key={text} class="port">
          {text}
        </span>
      ))}
      {further > 0 && <span class="port">{`+${further}`}</span>}
    </span>
  );
}

function NetworkCard({
  network,
  endpoints,
  colour,
}: {
  network: NetworkInspect;
  endpoints: readonly Endpoint[];
  colour: number;
}) {
  const [showsAll, setShowsAll] = useState(false);
  const shown = showsAll ? endpoints : endpoints.slice(0, MAX_SHOWN);
  return (
    <section class={`card net wire-${colour}`} aria-label={network.Name}>
      <div class="card-title">
        <h2>
          <a href={linkTo("networks", [network.Name])}>{`${network.Name} (${network.Driver})`}</a>
        </h2>
        <span class="address">{network.IPAM.Config?.[0]?.Subnet ?? ""}</span>
      </div>
      {endpoints.length > 0 && (
        <ul>
          {shown.map(({ container, address }) => (
            <li key={container.Id}>
              <State state={container.State} status={container.Status} />
              <a href={linkTo("containers", [container.Id])}>{nameOf(container)}</a>
              <span class="address">{address}</span>
              <PublishedPorts container={container} />
            </li>
          ))}
        </ul>
      )}
      {shown.length < endpoints.length && (
        <button type="button" class="link" onClick={() => setShowsAll(true)}>
          {texts.value.networks.more(endpoints.length - shown.length)}
        </button>
      )}
    </section>
  );
}
