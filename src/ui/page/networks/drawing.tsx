// Network diagram: published ports on the left, containers in the middle, their networks on the right.
import type { ContainerSummary } from "../../../api/containers.ts";
import type { NetworkInspect } from "../../../api/networks.ts";
import { nameOf } from "../containers/list.ts";
import { linkTo } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { endpointsOf } from "./list.ts";

const ROW = 52;
const BOX = 38;
const WIDTH = 900;
const columns = { ports: 0, containers: 220, networks: 640 } as const;
const boxWidths = { containers: 220, networks: 250 } as const;
/** Line colours, by network. */
const COLOURS = 6;

export function NetworkDrawing({
  networks,
  containers,
}: {
  networks: readonly NetworkInspect[];
  containers: readonly ContainerSummary[];
}) {
  const endpoints = endpointsOf(containers);
  // Placing containers of the same network next to each other minimizes crossings.
  const order = new Map(networks.map(({ Name }, index) => [Name, index]));
  const rank = ({ NetworkSettings }: ContainerSummary): number =>
    Math.min(...Object.keys(NetworkSettings.Networks).map((name) => order.get(name) ?? 0), networks.length);
  const shown = containers
    .filter(({ NetworkSettings }) => Object.keys(NetworkSettings.Networks).length > 0)
    .sort((one, other) => rank(one) - rank(other));
  const rows = Math.max(shown.length, networks.length, 1);
  const place = (index: number, count: number): number => ((index + 0.5) * rows * ROW) / Math.max(1, count);
  const containerAt = new Map(shown.map(({ Id }, index) => [Id, place(index, shown.length)]));
  const networkAt = new Map(networks.map(({ Name }, index) => [Name, place(index, networks.length)]));
  const start = columns.containers + boxWidths.containers;
  const middle = (start + columns.networks) / 2;
  const lines = endpoints.flatMap(({ container, network, address }) => {
    const [from, to] = [containerAt.get(container.Id), networkAt.get(network)];
    if (from === undefined || to === undefined) return [];
    const isFirst = Object.keys(container.NetworkSettings.Networks)[0] === network;
    return [{ key: `${container.Id}${network}`, network, from, to, label: isFirst ? address : "" }];
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="card drawing" aria-label={texts.value.networks.drawing} tabIndex={0}>
      <svg viewBox={`-8 0 ${WIDTH + 16} ${rows * ROW}`} width={WIDTH}>
        <title>{texts.value.networks.drawing}</title>
        {lines.map(({ key, network, from, to }) => (
          <path
            key={key}
            class={`wire wire-${(order.get(network) ?? 0) % COLOURS}`}
            d={`M${start} ${from} C${middle} ${from} ${middle} ${to} ${columns.networks} ${to}`}
          />
        ))}
        {/* After all lines, so that none crosses an address. */}
        {lines.map(({ key, from, label }) => (
          <text key={key} class="address" x={start + 10} y={from - 7}>
            {label}
          </text>
        ))}
        {shown.map((container) => (
          <ContainerBox key={container.Id} container={container} y={containerAt.get(container.Id) ?? 0} />
        ))}
        {networks.map((network, index) => (
          <NetworkBox
            key={network.Id}
            network={network}
            y={networkAt.get(network.Name) ?? 0}
            colour={index % COLOURS}
          />
        ))}
      </svg>
    </section>
  );
}

function ContainerBox({ container, y }: { container: ContainerSummary; y: number }) {
  const ports = [
    ...new Set(
      container.Ports.filter(({ PublicPort }) => PublicPort !== undefined).map(
        ({ PublicPort, PrivatePort, Type }) => `${PublicPort} → ${PrivatePort}/${Type}`,
      ),
    ),
  ];
  const [first] = ports;
  return (
    <>
      {first !== undefined && (
        <>
          <text class="address port-label" x={columns.ports + 132} y={y + 4}>
            {ports.length > 1 ? `${first} +${ports.length - 1}` : first}
          </text>
          <path class="wire published" d={`M${columns.ports + 140} ${y} H${columns.containers}`} />
        </>
      )}
      <a href={linkTo("containers", [container.Id])}>
        <rect class="box" x={columns.containers} y={y - BOX / 2} width={boxWidths.containers} height={BOX} rx="8" />
        <circle class={`dot ${container.State}`} cx={columns.containers + 16} cy={y} r="4.5" />
        <text x={columns.containers + 30} y={y + 5}>
          {shortened(nameOf(container), 23)}
        </text>
      </a>
    </>
  );
}

function NetworkBox({ network, y, colour }: { network: NetworkInspect; y: number; colour: number }) {
  const subnet = network.IPAM.Config?.[0]?.Subnet ?? "";
  return (
    <a href={linkTo("networks", [network.Name])}>
      <rect
        class={`box wire-${colour}`}
        x={columns.networks}
        y={y - BOX / 2}
        width={boxWidths.networks}
        height={BOX}
        rx="8"
      />
      <text x={columns.networks + 14} y={y + (subnet === "" ? 5 : -1)}>
        {shortened(`${network.Name} (${network.Driver})`, 32)}
      </text>
      <text class="address" x={columns.networks + 14} y={y + 13}>
        {subnet}
      </text>
    </a>
  );
}

const shortened = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
