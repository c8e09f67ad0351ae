// The engine as a whole: its version, its host, and its disk usage.
import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { messageOf } from "../api/errors.ts";
import type { HostFacts } from "../runtime/spec/host.ts";
import type { CacheEntry } from "./build/cache/entry.ts";
import type { EngineConfig } from "./config.ts";
import type { ListedContainer } from "./containers/queries/list.ts";
import { engineIdentity } from "./engine-identity.ts";
import type { Events } from "./events.ts";
import { checkHost, type HostFinding } from "./host.ts";
import type { ListedImage } from "./images/list.ts";
import type { VolumeUsage } from "./volumes/volume.ts";

export interface ContainerCounts {
  running: number;
  paused: number;
  stopped: number;
}

/** The parts of the other services that it needs. */
export interface SystemSources {
  config: EngineConfig;
  events: Events;
  host: HostFacts;
  containers: { counts(): ContainerCounts; usage(): Promise<ListedContainer[]> };
  images: { count(): number; usage(): Promise<{ layersSize: number; images: ListedImage[] }> };
  volumes: { usage(): Promise<VolumeUsage[]> };
  builds: { cacheRecords(): Promise<CacheEntry[]> };
  /** The names of the available drivers. */
  drivers: { network(): string[]; log(): string[] };
}

/** Of the requested kinds of objects. */
export interface DiskUsage {
  /** Bytes; a layer that images share counts once. */
  layersSize: number | undefined;
  images: ListedImage[] | undefined;
  containers: ListedContainer[] | undefined;
  volumes: VolumeUsage[] | undefined;
  buildCache: CacheEntry[] | undefined;
}

export interface Program {
  name: string;
  version: string;
}

export interface EngineInfo {
  id: string;
  config: EngineConfig;
  host: HostFacts;
  containers: ContainerCounts;
  images: number;
  /** The names of the available drivers. */
  drivers: { network: string[]; log: string[] };
  /** As Docker names it. */
  backingFilesystem: string;
  ipv4Forwarding: boolean;
  /** Of this process, as the next. */
  openFiles: number;
  threads: number;
  eventListeners: number;
  operatingSystem: { name: string; version: string };
  findings: readonly HostFinding[];
}

export type DiskUsagePart = "container" | "image" | "volume" | "build-cache";

const PROGRAM_DEADLINE = 2_000;

export class System {
  readonly findings: HostFinding[];
  private readonly sources: SystemSources;
  private readonly identity: string;
  private known: Promise<Program[]> | undefined;

  constructor(sources: SystemSources) {
    this.sources = sources;
    this.findings = checkHost(sources.host, sources.config);
    this.identity = engineIdentity(sources.config.dataRoot);
  }

  /** Names this engine; kept over restarts. */
  get id(): string {
    return this.identity;
  }

  /** The programs that containers are run with. */
  programs(): Promise<Program[]> {
    this.known ??= this.readPrograms();
    return this.known;
  }

  info(): EngineInfo {
    const { config, host, events, containers, images, drivers } = this.sources;
    return {
      id: this.identity,
      config,
      host,
      containers: containers.counts(),
      images: images.count(),
      drivers: { network: drivers.network(), log: drivers.log() },
      backingFilesystem: fileSystemUnder(config.dataRoot),
      ipv4Forwarding: sysctlIsOn("net/ipv4/ip_forward"),
      openFiles: readdirSync("/proc/self/fd").length,
      threads: readdirSync("/proc/self/task").length,
      eventListeners: events.listenerCount,
      operatingSystem: readOperatingSystem(),
      findings: this.findings,
    };
  }

  /** The disk usage of the named kinds of objects; of all without names. */
  async diskUsage(parts: readonly DiskUsagePart[]): Promise<DiskUsage> {
    const { containers, images, volumes, builds } = this.sources;
    const wants = (part: DiskUsagePart) => parts.length === 0 || parts.includes(part);
    const [imageUsage, containerUsage, volumeUsage, buildCache] = await Promise.all([
      wants("image") ? images.usage() : undefined,
      wants("container") ? containers.usage() : undefined,
      wants("volume") ? volumes.usage() : undefined,
      wants("build-cache") ? builds.cacheRecords() : undefined,
    ]);
    return {
      layersSize: imageUsage?.layersSize,
      images: imageUsage?.images,
      containers: containerUsage,
      volumes: volumeUsage,
      buildCache,
    };
  }

  private async readPrograms(): Promise<Program[]> {
    const { config } = this.sources;
    const runtime = config.runtimes[config.defaultRuntime]?.path ?? config.defaultRuntime;
    const programs = await Promise.all(
      [config.defaultRuntime, "conmon", "nft"].map(async (name) => ({
        name,
        version: await programVersion(name === config.defaultRuntime ? runtime : name),
      })),
    );
    return programs.filter(({ version }) => version !== "");
  }
}

/** Magic numbers of statfs(2), by the names Docker shows. */
const fileSystems: ReadonlyMap<number, string> = new Map([
  [0xef53, "extfs"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0xf2f52010, "f2fs"],
  [0x2fc12fc1, "zfs"],
  [0x01021994, "tmpfs"],
]);

function fileSystemUnder(path: string): string {
  return fileSystems.get(statfsSync(path).type) ?? "<unknown>";
}

function sysctlIsOn(path: string): boolean {
  try {
    return readFileSync(`/proc/sys/${path}`, "utf8").trim() === "1";
  } catch {
    return false;
  }
}

function readOperatingSystem(): { name: string; version: string } {
  try {
    const text = readFileSync("/etc/os-release", "utf8");
    const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, "m").exec(text)?.[1] ?? "";
    return { name: field("PRETTY_NAME") || "Linux", version: field("VERSION_ID") };
  } catch (thrown) {
    return { name: `Unknown Operating System (${messageOf(thrown)})`, version: "" };
  }
}

/** The first version number in the output of `--version`; empty if the program cannot be run. */
async function programVersion(program: string): Promise<string> {
  const path = Bun.which(program);
  if (path === null) return "";
  const child = Bun.spawn([path, "--version"], {
    env: process.env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    timeout: PROGRAM_DEADLINE,
    killSignal: "SIGKILL",
  });
  return /v?(\d+\.\d+[\w.+~-]*)/.exec(await child.stdout.text())?.[1] ?? "";
}
