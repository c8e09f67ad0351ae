// The engine's nftables table: made when the first network needs it, its elements kept in step with what containers
// have, made again when someone flushes it.
import type { Log } from "../../api/log.ts";
import { errorCode } from "../../linux/libc.ts";
import { changeSets, type SetChange, type SetElement } from "../../linux/netlink/nftables.ts";
import { NETLINK_NETFILTER, NetlinkSocket } from "../../linux/netlink/socket.ts";
import { runNft } from "./nft.ts";
import { rulesetText, type SetName, setNames } from "./ruleset.ts";

/** An element and the set it belongs to. */
export interface FirewallEntry {
  set: SetName;
  element: SetElement;
}

/** Room for a transaction that publishes tens of thousands of ports. */
const BUFFER_LENGTH = 16 * 1024 * 1024;

export class Firewall {
  readonly table: string;
  private readonly log: Log;
  private readonly wanted = new Map<SetName, Map<string, SetElement>>(setNames.map((name) => [name, new Map()]));
  private socket: NetlinkSocket | undefined;
  private installation: Promise<void> | undefined;
  private installed = false;

  constructor(table: string, log: Log) {
    this.table = table;
    this.log = log;
  }

  /** Makes the table with everything in it, once; afterwards every change is applied as it comes. */
  install(): Promise<void> {
    this.installation ??= this.load().catch((thrown: unknown) => {
      this.installation = undefined;
      throw thrown;
    });
    return this.installation;
  }

  get isInstalled(): boolean {
    return this.installed;
  }

  /** Adds entries in one transaction. Before the table is made they are only remembered. */
  add(entries: FirewallEntry[]): void {
    for (const { set, element } of entries) this.wanted.get(set)?.set(keyOf(element), element);
    this.change("add", entries);
  }

  remove(entries: FirewallEntry[]): void {
    const known = entries.filter(({ set, element }) => this.wanted.get(set)?.delete(keyOf(element)));
    this.change("delete", known);
  }

  /** Loads the rules and puts every element in its place, whatever is there now. */
  async repair(): Promise<void> {
    this.installation = undefined;
    await this.install();
  }

  /** Lets go of the kernel; the table stays. */
  async close(): Promise<void> {
    await this.installation?.catch(() => {});
    this.installation = undefined;
    this.installed = false;
    this.socket?.close();
    this.socket = undefined;
  }

  /** Takes the table away. */
  async uninstall(): Promise<void> {
    await this.close();
    // Declared first, so that deleting one that is not there is no error.
    await runNft(`table inet ${this.table} { }\ndelete table inet ${this.table}\n`);
  }

  private async load(): Promise<void> {
    await runNft(rulesetText(this.table));
    this.installed = true;
    const changes = setNames.flatMap((set): SetChange[] => [
      { action: "flush", set },
      { action: "add", set, elements: [...(this.wanted.get(set)?.values() ?? [])] },
    ]);
    changeSets(this.connection(), this.table, changes);
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
      changeSets(this.connection(), this.table, changes);
    } catch (thrown) {
      if (errorCode(thrown) !== "ENOENT") throw thrown;
      this.log.warn("the firewall table was changed by someone else; making it again", { table: this.table });
      this.repair().catch((reason: unknown) => {
        this.log.error("the firewall table could not be made again", { table: this.table, reason: String(reason) });
      });
    }
  }

  private connection(): NetlinkSocket {
    if (!this.socket) {
      this.socket = new NetlinkSocket(NETLINK_NETFILTER);
      this.socket.enlargeBuffers(BUFFER_LENGTH);
    }
    return this.socket;
  }
}

function keyOf({ key }: SetElement): string {
  return Buffer.from(key).toString("hex");
}
