// The host's resolv.conf, read again when it changes. With systemd-resolved the file names only a loopback stub;
// the real resolvers are then in a file beside.
import { readFileSync, statSync } from "node:fs";
import { isReachableNameserver, parseResolvConf, type ResolvConf } from "./resolv-conf.ts";

const HOST_FILE = "/etc/resolv.conf";
const RESOLVED_FILE = "/run/systemd/resolve/resolv.conf";

export class HostResolvers {
  private stamp = "";
  private current: ResolvConf = { nameservers: [], search: [], options: [] };
  private readonly files: readonly string[];

  constructor(files: readonly string[] = [HOST_FILE, RESOLVED_FILE]) {
    this.files = files;
  }

  /** The host's configuration as it is now; costs a stat of each file when nothing changed. */
  read(): ResolvConf {
    const stamp = this.files.map(stampOf).join();
    if (stamp !== this.stamp) {
      this.stamp = stamp;
      this.current = this.load();
    }
    return this.current;
  }

  private load(): ResolvConf {
    const [first, ...others] = this.files.map(parseFile).filter((found) => found !== undefined);
    if (!first) return { nameservers: [], search: [], options: [] };
    if (first.nameservers.some(isReachableNameserver)) return first;
    return others.find((other) => other.nameservers.some(isReachableNameserver)) ?? first;
  }
}

function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.ino}:${found.mtimeMs}:${found.size}` : "";
}

function parseFile(path: string): ResolvConf | undefined {
  try {
    return parseResolvConf(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
