// Where the boxes of a drawing of networks are, in pixels.
import type { NetworkInspect } from "../../../api/networks.ts";
import type { Pile } from "./piles.ts";

export const WIDTH = 980;
export const ports = { right: 190 } as const;
export const box = { x: 215, width: 350, height: 34, slot: 17, gap: 10 } as const;
export const networkBox = { x: 720, width: 250, height: 42, gap: 16 } as const;

export interface PlacedPile {
  pile: Pile;
  y: number;
  height: number;
  /** Its networks, each with the middle of its line in the box. */
  slots: readonly { network: string; y: number }[];
}

export interface PlacedNetwork {
  network: NetworkInspect;
  /** Index of its colour. */
  index: number;
  /** Its middle. */
  y: number;
}

export interface Layout {
  piles: readonly PlacedPile[];
  networks: readonly PlacedNetwork[];
  height: number;
}

export function layoutOf(piles: readonly Pile[], networks: readonly NetworkInspect[]): Layout {
  const known = new Map(networks.map((network, index) => [network.Name, { network, index }]));
  let y = 0;
  const placed = piles.map((pile): PlacedPile => {
    const names = Object.keys(pile.containers[0]?.NetworkSettings.Networks ?? {}).filter((name) => known.has(name));
    const height = box.height + box.slot * Math.max(0, names.length - 1);
    const top = y;
    y += height + box.gap;
    const slots = names.map((network, index) => ({ network, y: top + box.height / 2 + index * box.slot }));
    return { pile, y: top, height, slots };
  });
  // A network is as close to the middle of its containers as the network above it allows.
  const wanted = [...known.values()].map(({ network, index }) => {
    const ends = placed.flatMap(({ slots }) => slots.filter((slot) => slot.network === network.Name));
    const middle = ends.reduce((sum, slot) => sum + slot.y, 0) / ends.length;
    return { network, index, middle: ends.length === 0 ? y : middle };
  });
  let bottom = 0;
  const placedNetworks = wanted
    .sort((one, other) => one.middle - other.middle)
    .map(({ network, index, middle }): PlacedNetwork => {
      const middleOfBox = Math.max(bottom + networkBox.height / 2, middle);
      bottom = middleOfBox + networkBox.height / 2 + networkBox.gap;
      return { network, index, y: middleOfBox };
    });
  return { piles: placed, networks: placedNetworks, height: Math.max(y - box.gap, bottom - networkBox.gap, 60) };
}
