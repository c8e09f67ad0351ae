// Watches the firewall for changes by other programs: a reload of the host's firewall often flushes all tables.
import { listenToNetlink } from "../../linux/netlink/monitor.ts";
import { NFNLGRP_NFTABLES, readNotification, type TableNotification } from "../../linux/netlink/nftables.ts";
import { NETLINK_NETFILTER } from "../../linux/netlink/socket.ts";
import { FIREWALLD_TABLE } from "./firewalld.ts";
import { IPTABLES_CHAINS, IPTABLES_TABLE } from "./iptables.ts";
import { USER_CHAIN } from "./ruleset.ts";

export interface TableListener {
  /** Something was deleted from the table. */
  damaged(): void;
  /** The rules of the administrator's chain changed. */
  userRulesChanged(): void;
  /** A firewall that uses iptables, or firewalld, changed its rules for forwarded packets. */
  otherFirewallChanged(): void;
}

/** A reload causes many notifications; they are handled together. */
const SETTLE_MILLISECONDS = 50;

/**
 * Calls the listener for changes, except those made by the socket with the netlink port `own`.
 * @returns stops watching.
 */
export async function watchTable(table: string, own: number, listener: TableListener): Promise<() => void> {
  const damaged = settled(() => listener.damaged());
  const userRulesChanged = settled(() => listener.userRulesChanged());
  const otherFirewallChanged = settled(() => listener.otherFirewallChanged());
  let end = (): void => {};
  let ended = false;
  const start = async (): Promise<void> => {
    end = await listenToNetlink(NETLINK_NETFILTER, NFNLGRP_NFTABLES, {
      messages: (messages) => {
        for (const message of messages) {
          const notification = readNotification(message);
          if (message.port === own || !notification) continue;
          if (isOtherFirewall(notification)) otherFirewallChanged();
          if (notification.table !== table) continue;
          if (notification.isRule && notification.chain === USER_CHAIN) userRulesChanged();
          else if (notification.action === "deleted") damaged();
        }
      },
      // The kernel dropped notifications, which may have been about the table.
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

const isOtherFirewall = ({ table, chain }: TableNotification): boolean =>
  table === FIREWALLD_TABLE || (table === IPTABLES_TABLE && IPTABLES_CHAINS.includes(chain));

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
