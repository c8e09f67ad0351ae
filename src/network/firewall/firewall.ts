// The engine's nftables table: made when the first network needs it, its elements kept in step with what containers
// have, made again when someone flushes it.
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
import { arrangeWithNeighbours, leaveNeighbours } from "./neighbours.ts";
import { listRules, loadRules } from "./nft.ts";
import { ownChains, ownRuleCount, rulesetText, type SetName, setNames, USER_CHAIN } from "./ruleset.ts";
import { watchTable } from "./watch.ts";

/** An element and the set it belongs to. */
export interface FirewallEntry {
  set: SetName;
  element: SetElement;
}

/** Room for a transaction that publishes tens of thousands of ports. */
const BUFFER_LENGTH = 16 * 1024 * 1024;

const PAUSE_AFTER_FAILURE_MILLISECONDS = 1000;
const PAUSE_AFTER_REPAIR_MILLISECONDS = 500;

export class Firewall {
  private readonly table: string;
  private readonly log: Log;
  private readonly wanted = new Map<SetName, Map<string, SetElement>>(setNames.map((name) => [name, new Map()]));
  private readonly socket = new NetlinkSocket(NETLINK_NETFILTER);
  /** The administrator's rules as they were last seen, to put back after a flush. */
  private userRules: string[] = [];
  private installation: Promise<void> | undefined;
  /** One after the other: two at once would each put the administrator's rules back. */
  private readonly repairs = new Mutex();
  /** One after the other as well, or rules would be there twice. */
  private readonly arrangements = new Mutex();
  /** The bridges that firewalld was told of. */
  private trusted: ReadonlySet<string> = new Set();
  private installed = false;
  private warned = false;
  private endWatch: (() => void) | undefined;

  constructor(table: string, log: Log) {
    this.table = table;
    this.log = log;
    this.socket.enlargeBuffers(BUFFER_LENGTH);
  }

  /**
   * Makes the table with everything in it, once; afterwards every change is applied as it comes.
   * @returns what settles when the other firewalls of the host know of it, too.
   */
  async install(): Promise<void> {
    this.installation ??= this.load().catch((thrown: unknown) => {
      this.installation = undefined;
      throw thrown;
    });
    await this.installation;
    await this.arrangements.idle();
  }

  /** Adds entries in one transaction. Before the table is made they are only remembered. */
  add(entries: FirewallEntry[]): void {
    for (const { set, element } of entries) this.wanted.get(set)?.set(keyOf(element), element);
    this.change("add", entries);
    if (this.installed && entries.some(isBridge)) void this.arrangeNext(() => this.trust());
  }

  remove(entries: FirewallEntry[]): void {
    const known = entries.filter(({ set, element }) => this.wanted.get(set)?.delete(keyOf(element)));
    this.change("delete", known);
    if (this.installed && known.some(isBridge)) void this.arrangeNext(() => this.trust());
  }

  /** Lets go of the kernel; the table stays. */
  async close(): Promise<void> {
    await this.installation?.catch(() => {});
    this.installation = undefined;
    this.installed = false;
    this.endWatch?.();
    this.endWatch = undefined;
  }

  /** Takes the table away. */
  async uninstall(): Promise<void> {
    await this.close();
    await this.arrangements.idle();
    await leaveNeighbours();
    await trustBridges(new Set(), this.trusted).catch(() => {});
    await loadRules(withoutTable(this.table));
  }

  private async load(): Promise<void> {
    const present = await listRules(this.table, USER_CHAIN);
    this.userRules = present ?? this.userRules;
    await loadRules(rulesetText(this.table, present ? [] : this.userRules)).catch(() => this.replace());
    this.installed = true;
    changeSets(this.socket, this.table, this.everything());
    await Promise.all([this.rememberUserRules(), this.arrangeNext(() => this.arrange())]);
    this.endWatch ??= await watchTable(this.table, this.socket.port, {
      damaged: () => this.repairNext(),
      userRulesChanged: () => this.rememberUserRules(),
      neighboursChanged: () => this.arrangeNext(() => this.arrange()),
    });
  }

  /** Makes the table anew, where one of another version of Berth is in the way. */
  private async replace(): Promise<void> {
    await loadRules(`${withoutTable(this.table)}${rulesetText(this.table, this.userRules)}`);
  }

  private everything(): SetChange[] {
    return setNames.flatMap((set): SetChange[] => [
      { action: "flush", set },
      { action: "add", set, elements: [...(this.wanted.get(set)?.values() ?? [])] },
    ]);
  }

  private repairNext(): void {
    this.repairs
      .run(() => this.repair())
      .catch((thrown: unknown) => {
        this.log.error("the firewall table could not be made again", { table: this.table, reason: String(thrown) });
        setTimeout(() => this.repairNext(), PAUSE_AFTER_FAILURE_MILLISECONDS);
      });
  }

  /** Loads the rules and puts every element in its place when something of them is missing. */
  private async repair(): Promise<void> {
    await this.installation?.catch(() => {});
    if (!this.installed || this.isIntact()) return;
    this.log.warn("the firewall table was changed by someone else; making it again", { table: this.table });
    this.installation = undefined;
    await this.install();
    // Whoever removes the table again and again is not to keep the machine busy with that.
    await Bun.sleep(PAUSE_AFTER_REPAIR_MILLISECONDS);
  }

  private isIntact(): boolean {
    try {
      return (
        countRules(this.socket, this.table, ownChains) === ownRuleCount &&
        setNames.every((set) => countElements(this.socket, this.table, set) === this.wanted.get(set)?.size)
      );
    } catch (thrown) {
      if (isErrno(thrown, "ENOENT")) return false;
      throw thrown;
    }
  }

  private async rememberUserRules(): Promise<void> {
    this.userRules = (await listRules(this.table, USER_CHAIN)) ?? this.userRules;
  }

  private arrangeNext(work: () => Promise<void>): Promise<void> {
    return this.arrangements.run(work).catch((thrown: unknown) => {
      this.log.warn("the host's other firewall could not be told of the containers", { reason: String(thrown) });
    });
  }

  /** Comes to terms with the other firewalls of the host, whose verdict a packet needs as well. */
  private async arrange(): Promise<void> {
    await this.trust();
    const { blocked } = await arrangeWithNeighbours();
    if (!blocked || this.warned) return;
    this.warned = true;
    this.log.warn(
      "the host's firewall drops forwarded packets: published ports are reached from other machines only when it allows them (with ufw: ufw route allow)",
    );
  }

  private async trust(): Promise<void> {
    const bridges = new Set([...(this.wanted.get("bridges")?.values() ?? [])].map(({ key }) => interfaceOf(key)));
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
      // What is gone is made again by the watch, with this change in it.
      if (!isErrno(thrown, "ENOENT")) throw thrown;
    }
  }
}

const isBridge = ({ set }: FirewallEntry): boolean => set === "bridges";

/** The name that a set's element of 16 bytes holds. */
const interfaceOf = (key: Uint8Array): string => Buffer.from(key).toString().replace(/\0+$/, "");

/** Declared first, so that deleting one that is not there is no error. */
const withoutTable = (table: string): string => `table inet ${table} { }\ndelete table inet ${table}\n`;

function keyOf({ key, keyEnd = new Uint8Array(0) }: SetElement): string {
  return Buffer.concat([key, keyEnd]).toString("hex");
}
