// The host's resolv.conf, reread when it changes. With systemd-resolved it names only a loopback stub, and the real
// nameservers are in another file.
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

  /** The current settings for programs of the host. Costs a stat of each file if nothing changed. */
  forHost(): ResolvConf {
    this.refresh();
    return this.own;
  }

  /** The same, with nameservers that containers can reach, if there are any. */
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
