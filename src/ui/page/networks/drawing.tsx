// Network diagram: published ports on the left, containers in the middle, their networks on the right.
import { useState } from "preact/hooks";
import type { ContainerSummary } from "../../../api/containers.ts";
import type { NetworkInspect } from "../../../api/networks.ts";
import { nameOf } from "../containers/list.ts";
import { toneOf } from "../containers/tone.ts";
import { linkTo } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { box, layoutOf, networkBox, type PlacedNetwork, type PlacedPile, ports, WIDTH } from "./layout.ts";
import { publishedPorts } from "./list.ts";
import { pilesOf } from "./piles.ts";

/** Line colours, by network. */
const COLOURS = 6;
/** Longer texts would not fit into their boxes. */
const MAX_NAME = 26;
const MAX_NETWORK = 30;

export interface DrawingProps {
  networks: readonly NetworkInspect[];
  containers: readonly ContainerSummary[];
  /** Name of the selected network. */
  chosen: string | undefined;
}

export function NetworkDrawing({ networks, containers, chosen }: DrawingProps) {
  const [spread, setSpread] = useState<ReadonlySet<string>>(new Set());
  const order = new Map(networks.map(({ Name }, index) => [Name, index]));
  const layout = layoutOf(pilesOf(containers, order, spread), networks);
  const networkAt = new Map(layout.networks.map((placed) => [placed.network.Name, placed]));
  const start = box.x + box.width;
  const middle = (start + networkBox.x) / 2;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="card drawing" aria-label={texts.value.networks.drawing} tabIndex={0}>
      <svg viewBox={`-2 -2 ${WIDTH + 4} ${layout.height + 4}`} width={WIDTH} height={layout.height + 4}>
        <title>{texts.value.networks.drawing}</title>
        {layout.piles.flatMap(({ pile, slots }) =>
          slots.map(({ network, y }) => {
            const at = networkAt.get(network);
            if (!at) return null;
            return (
              <g key={`${pile.key} ${network}`} class={network === chosen ? "chosen" : ""}>
                <path
                  class={`wire wire-${at.index % COLOURS}`}
                  d={`M${start} ${y} C${middle} ${y} ${middle} ${at.y} ${networkBox.x} ${at.y}`}
                />
              </g>
            );
          }),
        )}
        {layout.piles.map((placed) => (
          <PileBox
            key={placed.pile.key}
            placed={placed}
            onSpread={() => setSpread(new Set(spread).add(placed.pile.key))}
          />
        ))}
        {layout.networks.map((placed) => (
          <NetworkBox key={placed.network.Id} placed={placed} isChosen={placed.network.Name === chosen} />
        ))}
      </svg>
    </section>
  );
}

function PileBox({ placed, onSpread }: { placed: PlacedPile; onSpread(): void }) {
  const { pile } = placed;
  const [container] = pile.containers;
  if (!container) return null;
  if (pile.containers.length > 1) return <Several placed={placed} onSpread={onSpread} />;
  const { y, height, slots } = placed;
  const middle = y + height / 2;
  return (
    <>
      <PublishedPorts texts={publishedPorts(container)} y={middle} />
      <a href={linkTo("containers", [container.Id])}>
        <WholeText text={nameOf(container)} length={MAX_NAME} />
        <rect class="box" x={box.x} y={y} width={box.width} height={height} rx="8" />
        <circle class={`dot ${toneOf(container.State, container.Status)}`} cx={box.x + 17} cy={middle} r="4" />
        <text x={box.x + 31} y={middle + 5}>
          {shortened(nameOf(container), MAX_NAME)}
        </text>
        {slots.map((slot) => {
          const { IPAddress = "", GlobalIPv6Address = "" } = container.NetworkSettings.Networks[slot.network] ?? {};
          return (
            <text key={slot.network} class="address" x={box.x + box.width - 12} y={slot.y + 4} text-anchor="end">
              {IPAddress || GlobalIPv6Address}
            </text>
          );
        })}
      </a>
    </>
  );
}

/** A pile of containers, which a click spreads out. */
function Several({ placed: { pile, y, height }, onSpread }: { placed: PlacedPile; onSpread(): void }) {
  const { containers, project, canSpread } = pile;
  const words = texts.value.networks;
  const running = containers.filter(({ State }) => State === "running").length;
  const title = project === "" ? words.several(containers.length) : `${project}: ${words.several(containers.length)}`;
  const middle = y + height / 2;
  const content = (
    <>
      <title>{canSpread ? words.spread : words.searchForRest}</title>
      <rect class="pile" x={box.x + 8} y={y + 5} width={box.width} height={height} rx="8" />
      <rect class="pile" x={box.x + 4} y={y + 2.5} width={box.width} height={height} rx="8" />
      <rect class="box" x={box.x} y={y} width={box.width} height={height} rx="8" />
      <circle class={`dot ${running > 0 ? "good" : ""}`} cx={box.x + 17} cy={middle} r="4" />
      <text x={box.x + 31} y={middle + 5}>
        {shortened(title, MAX_NAME)}
      </text>
      <text class="address" x={box.x + box.width - 12} y={middle + 4} text-anchor="end">
        {texts.value.projects.running(running, containers.length)}
      </text>
    </>
  );
  const published = containers.flatMap(publishedPorts);
  return (
    <>
      <PublishedPorts texts={published} y={middle} />
      {canSpread ? (
        // biome-ignore lint/a11y/useSemanticElements: drawings have no button element
        <g
          role="button"
          tabIndex={0}
          aria-label={`${words.spread}: ${title}`}
          onClick={onSpread}
          onKeyDown={(event) => {
            if (event.key === "Enter" || event.key === " ") onSpread();
          }}
        >
          {content}
        </g>
      ) : (
        <g>{content}</g>
      )}
    </>
  );
}

function PublishedPorts({ texts: shown, y }: { texts: readonly string[]; y: number }) {
  const [first] = shown;
  if (first === undefined) return null;
  return (
    <>
      <title>{shown.join("\n")}</title>
      <text class="address" x={ports.right - 10} y={y + 4} text-anchor="end">
        {shown.length > 1 ? `${first} +${shown.length - 1}` : first}
      </text>
      <path class="wire" d={`M${ports.right} ${y} H${box.x}`} />
    </>
  );
}

function NetworkBox({ placed: { network, index, y }, isChosen }: { placed: PlacedNetwork; isChosen: boolean }) {
  const subnet = network.IPAM.Config?.[0]?.Subnet ?? "";
  const top = y - networkBox.height / 2;
  return (
    <a href={linkTo("networks", [network.Name])} class={isChosen ? "chosen" : ""}>
      <WholeText text={network.Name} length={MAX_NETWORK} />
      <rect
        class={`box wire-${index % COLOURS}`}
        x={networkBox.x}
        y={top}
        width={networkBox.width}
        height={networkBox.height}
        rx="8"
      />
      <text x={networkBox.x + 14} y={y + (subnet === "" ? 5 : -2)}>
        {shortened(`${network.Name} (${network.Driver})`, MAX_NETWORK)}
      </text>
      <text class="address" x={networkBox.x + 14} y={y + 14}>
        {subnet}
      </text>
    </a>
  );
}

/** The whole text in a tooltip, when the box shows only a part. */
function WholeText({ text, length }: { text: string; length: number }) {
  return text.length > length ? <title>{text}</title> : null;
}

const shortened = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
