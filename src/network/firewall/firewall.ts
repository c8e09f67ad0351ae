// The engine's nftables table: created for the first network, updated with networks and containers, and recreated when
// another program flushes it.
import type { Log } from "../../api/log.ts";
import { Mutex } from "../../async/mutex.ts";
import { isErrno } from "../../linux/errno.ts";
import {
  changeSets,
  countElements,
  countRules,
  type SetChange,
  type SetElement,
} from "../../linux/netlink/nftables.ts";
import { NETLINK_NETFILTER, NetlinkSocket } from "../../linux/netlink/socket.ts";
import { trustBridges } from "./firewalld.ts";
import { addIptablesRules, removeIptablesRules } from "./iptables.ts";
import { hasInterface, listRules, loadRules } from "./nft.ts";
import {
  formerTableName,
  ownChains,
  ownRuleCount,
  rulesetText,
  type SetName,
  setNames,
  tableName,
  USER_CHAIN,
} from "./ruleset.ts";
import { watchTable } from "./watch.ts";

/** An element and the set it belongs to. */
export interface FirewallEntry {
  set: SetName;
  element: SetElement;
}

/** Large enough for a transaction with tens of thousands of published ports. */
const BUFFER_LENGTH = 16 * 1024 * 1024;

const PAUSE_AFTER_FAILURE_MILLISECONDS = 1000;
const PAUSE_AFTER_REPAIR_MILLISECONDS = 500;

export class Firewall {
  private readonly bridge: string;
  private readonly table: string;
  private readonly log: Log;
  private readonly entries = new Map<SetName, Map<string, SetElement>>(setNames.map((name) => [name, new Map()]));
  private readonly socket = new NetlinkSocket(NETLINK_NETFILTER);
  /** The administrator's rules as last seen, restored after a flush. */
  private userRules: string[] = [];
  private installation: Promise<void> | undefined;
  /** Serialized: two at once would both restore the administrator's rules. */
  private readonly repairs = new Mutex();
  /** Serialized: two at once would add rules twice. */
  private readonly hostUpdates = new Mutex();
  /** The bridges in firewalld's trusted zone. */
  private trusted: ReadonlySet<string> = new Set();
  private installed = false;
  private warned = false;
  private endWatch: (() => void) | undefined;

  /** @param bridge the engine's default bridge */
  constructor(bridge: string, log: Log) {
    this.bridge = bridge;
    this.table = tableName(bridge);
    this.log = log;
    this.socket.enlargeBuffers(BUFFER_LENGTH);
  }

  /**
   * Creates the table with all entries, once; later changes are applied immediately.
   * @returns resolves when the host's other firewalls are updated, too.
   */
  async install(): Promise<void> {
    this.installation ??= this.load().catch((thrown: unknown) => {
      this.installation = undefined;
      throw thrown;
    });
    await this.installation;
    await this.hostUpdates.idle();
  }

  /** Adds entries in one transaction, or with the table if that does not exist yet. */
  add(entries: FirewallEntry[]): void {
    for (const { set, element } of entries) this.entries.get(set)?.set(keyOf(element), element);
    this.change("add", entries);
    if (this.installed && entries.some(isBridge)) void this.queueHostUpdate(() => this.updateTrustedBridges());
  }

  remove(entries: FirewallEntry[]): void {
    const known = entries.filter(({ set, element }) => this.entries.get(set)?.delete(keyOf(element)));
    this.change("delete", known);
    if (this.installed && known.some(isBridge)) void this.queueHostUpdate(() => this.updateTrustedBridges());
  }

  /** Stops maintaining the table, which stays. */
  async close(): Promise<void> {
    await this.installation?.catch(() => {});
    this.installation = undefined;
    this.installed = false;
    this.endWatch?.();
    this.endWatch = undefined;
  }

  /** Removes the table. */
  async uninstall(): Promise<void> {
    await this.close();
    await this.hostUpdates.idle();
    await removeIptablesRules();
    await trustBridges(new Set(), this.trusted).catch(() => {});
    await loadRules(withoutTable(this.table));
  }

  private async load(): Promise<void> {
    await this.adoptFormerTable();
    const present = await listRules(this.table, USER_CHAIN);
    this.userRules = present ?? this.userRules;
    await loadRules(rulesetText(this.table, present ? [] : this.userRules)).catch(() => this.replace());
    this.installed = true;
    changeSets(this.socket, this.table, this.everything());
    await Promise.all([this.saveUserRules(), this.queueHostUpdate(() => this.updateHostFirewalls())]);
    this.endWatch ??= await watchTable(this.table, this.socket.port, {
      damaged: () => this.queueRepair(),
      userRulesChanged: () => this.saveUserRules(),
      otherFirewallChanged: () => this.queueHostUpdate(() => this.updateHostFirewalls()),
    });
  }

  /**
   * Replaces the table of an earlier version of Berth that has another name, and keeps the administrator's rules. One that
   * belongs to another engine has its bridges.
   */
  private async adoptFormerTable(): Promise<void> {
    const former = formerTableName(this.bridge);
    if (former === undefined || !(await hasInterface(former, "bridges", this.bridge))) return;
    this.userRules = (await listRules(former, USER_CHAIN)) ?? this.userRules;
    await loadRules(withoutTable(former));
  }

  /** Recreates the table if one of another version of Berth is incompatible. */
  private async replace(): Promise<void> {
    await loadRules(`${withoutTable(this.table)}${rulesetText(this.table, this.userRules)}`);
  }

  private everything(): SetChange[] {
    return setNames.flatMap((set): SetChange[] => [
      { action: "flush", set },
      { action: "add", set, elements: [...(this.entries.get(set)?.values() ?? [])] },
    ]);
  }

  private queueRepair(): void {
    this.repairs
      .run(() => this.repair())
      .catch((thrown: unknown) => {
        this.log.error("failed to recreate firewall table", { table: this.table, reason: String(thrown) });
        setTimeout(() => this.queueRepair(), PAUSE_AFTER_FAILURE_MILLISECONDS);
      });
  }

  /** Recreates rules and elements if any are missing. */
  private async repair(): Promise<void> {
    await this.installation?.catch(() => {});
    if (!this.installed || this.isIntact()) return;
    this.log.warn("firewall table was changed by another program, recreating it", { table: this.table });
    this.installation = undefined;
    await this.install();
    // Limits the load if another program removes the table repeatedly.
    await Bun.sleep(PAUSE_AFTER_REPAIR_MILLISECONDS);
  }

  private isIntact(): boolean {
    try {
      return (
        countRules(this.socket, this.table, ownChains) === ownRuleCount &&
        setNames.every((set) => countElements(this.socket, this.table, set) === this.entries.get(set)?.size)
      );
    } catch (thrown) {
      if (isErrno(thrown, "ENOENT")) return false;
      throw thrown;
    }
  }

  private async saveUserRules(): Promise<void> {
    this.userRules = (await listRules(this.table, USER_CHAIN)) ?? this.userRules;
  }

  private queueHostUpdate(work: () => Promise<void>): Promise<void> {
    return this.hostUpdates.run(work).catch((thrown: unknown) => {
      this.log.warn("failed to update host firewall", { reason: String(thrown) });
    });
  }

  /** Updates the other firewalls of the host, which must accept each packet as well. */
  private async updateHostFirewalls(): Promise<void> {
    await this.updateTrustedBridges();
    const { blocked } = await addIptablesRules();
    if (!blocked || this.warned) return;
    this.warned = true;
    this.log.warn(
      "the host's firewall drops forwarded packets: other machines reach published ports only if it allows them (with ufw: ufw route allow)",
    );
  }

  private async updateTrustedBridges(): Promise<void> {
    const bridges = new Set([...(this.entries.get("bridges")?.values() ?? [])].map(({ key }) => interfaceOf(key)));
    await trustBridges(bridges, this.trusted);
    this.trusted = bridges;
  }

  private change(action: "add" | "delete", entries: FirewallEntry[]): void {
    if (!this.installed || entries.length === 0) return;
    const bySet = Map.groupBy(entries, ({ set }) => set);
    const changes = [...bySet].map(([set, members]) => ({
      action,
      set,
      elements: members.map(({ element }) => element),
    }));
    try {
      changeSets(this.socket, this.table, changes);
    } catch (thrown) {
      // The watch recreates a deleted table, with this change in it.
      if (!isErrno(thrown, "ENOENT")) throw thrown;
    }
  }
}

const isBridge = ({ set }: FirewallEntry): boolean => set === "bridges";

/** The interface name in a set's element of 16 bytes. */
const interfaceOf = (key: Uint8Array): string => Buffer.from(key).toString().replace(/\0+$/, "");

/** Declared first, so that deleting a missing table is no error. */
const withoutTable = (table: string): string => `table inet ${table} { }\ndelete table inet ${table}\n`;

function keyOf({ key, keyEnd = new Uint8Array(0) }: SetElement): string {
  return Buffer.concat([key, keyEnd]).toString("hex");
}
