// The host's resolv.conf, read again when it changes. With systemd-resolved the file names only a loopback stub;
// the real resolvers are then in a file beside.
import { readFileSync, statSync } from "node:fs";
import { isReachableNameserver, parseResolvConf, type ResolvConf } from "./resolv-conf.ts";

const HOST_FILE = "/etc/resolv.conf";
const RESOLVED_FILE = "/run/systemd/resolve/resolv.conf";

const nothing: ResolvConf = { nameservers: [], search: [], options: [] };

export class HostResolvers {
  private stamp = "";
  private own: ResolvConf = nothing;
  private reachable: ResolvConf = nothing;
  private readonly files: readonly string[];

  constructor(files: readonly string[] = [HOST_FILE, RESOLVED_FILE]) {
    this.files = files;
  }

  /** What programs of the host use, as it is now; costs a stat of each file when nothing changed. */
  forHost(): ResolvConf {
    this.refresh();
    return this.own;
  }

  /** The same, with resolvers that containers can reach themselves where there are such. */
  forContainers(): ResolvConf {
    this.refresh();
    return this.reachable;
  }

  private refresh(): void {
    const stamp = this.files.map(stampOf).join();
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    const [own = nothing, ...others] = this.files.map(parseFile);
    this.own = own;
    this.reachable = [own, ...others].find(({ nameservers }) => nameservers.some(isReachableNameserver)) ?? own;
  }
}

function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.ino}:${found.mtimeMs}:${found.size}` : "";
}

function parseFile(path: string): ResolvConf {
  try {
    return parseResolvConf(readFileSync(path, "utf8"));
  } catch {
    return nothing;
  }
}
