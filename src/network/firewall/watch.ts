// Watches the engine's table for changes by others: a reload of the host's firewall often flushes everything.
import { listenToNetlink } from "../../linux/netlink/monitor.ts";
import { NFNLGRP_NFTABLES, readAnnouncement, type TableAnnouncement } from "../../linux/netlink/nftables.ts";
import { NETLINK_NETFILTER } from "../../linux/netlink/socket.ts";
import { FIREWALLD_TABLE } from "./firewalld.ts";
import { IPTABLES_TABLE, NEIGHBOUR_CHAINS } from "./neighbours.ts";
import { USER_CHAIN } from "./ruleset.ts";

export interface TableListener {
  /** Something of the table may be missing. */
  damaged(): void;
  /** The administrator's chain has other rules. */
  userRulesChanged(): void;
  /** A firewall made with iptables has other chains or rules that forwarded packets pass, or firewalld was loaded. */
  neighboursChanged(): void;
}

/** A reload comes as many announcements; they are looked at together. */
const SETTLE_MILLISECONDS = 50;

/**
 * Calls the listener for what happens to the table, but for what the socket with the netlink port `own` did.
 * @returns what ends the watch.
 */
export async function watchTable(table: string, own: number, listener: TableListener): Promise<() => void> {
  const damaged = settled(() => listener.damaged());
  const userRulesChanged = settled(() => listener.userRulesChanged());
  const neighboursChanged = settled(() => listener.neighboursChanged());
  let end = (): void => {};
  let ended = false;
  const start = async (): Promise<void> => {
    end = await listenToNetlink(NETLINK_NETFILTER, NFNLGRP_NFTABLES, {
      messages: (messages) => {
        for (const message of messages) {
          const announcement = readAnnouncement(message);
          if (message.port === own || !announcement) continue;
          if (isNeighbour(announcement)) neighboursChanged();
          if (announcement.table !== table) continue;
          if (announcement.isRule && announcement.chain === USER_CHAIN) userRulesChanged();
          else if (announcement.action === "deleted") damaged();
        }
      },
      // So much changed that the kernel dropped announcements: the table may be among it.
      lost: () => {
        damaged();
        if (!ended) start().catch(() => {});
      },
    });
  };
  await start();
  return () => {
    ended = true;
    end();
  };
}

const isNeighbour = ({ table, chain }: TableAnnouncement): boolean =>
  table === FIREWALLD_TABLE || (table === IPTABLES_TABLE && NEIGHBOUR_CHAINS.includes(chain));

function settled(call: () => void): () => void {
  let timer: Timer | undefined;
  return () => {
    if (timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      call();
    }, SETTLE_MILLISECONDS);
  };
}
