// The engine as a whole: version, info, disk usage.
import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { hostname, machine, release } from "node:os";
import type { BuildCacheRecord } from "../api/build.ts";
import { messageOf } from "../api/errors.ts";
import { BUILD_TIME, GIT_COMMIT, PRODUCT, VERSION } from "../api/product.ts";
import type { ComponentVersion, InfoAnswer, RegistryConfig, RuntimeInfo, VersionAnswer } from "../api/system.ts";
import { timestampNow } from "../api/time.ts";
import type { HostFacts } from "../runtime/spec/host.ts";
import type { EngineConfig } from "./config.ts";
import type { ListedContainer } from "./containers/queries/list.ts";
import { engineIdentity } from "./engine-identity.ts";
import type { Events } from "./events.ts";
import { checkHost, findingLine, type HostFinding } from "./host.ts";
import type { ListedImage } from "./images/list.ts";
import type { VolumeUsage } from "./volumes/volumes.ts";

export interface ContainerCounts {
  running: number;
  paused: number;
  stopped: number;
}

/** What it needs of the other services. */
export interface SystemSources {
  config: EngineConfig;
  events: Events;
  host: HostFacts;
  containers: { counts(): ContainerCounts; usage(): Promise<ListedContainer[]> };
  images: { count(): number; usage(): Promise<{ layersSize: number; images: ListedImage[] }> };
  volumes: { usage(): Promise<VolumeUsage[]> };
  builds: { cacheRecords(): Promise<BuildCacheRecord[]> };
  /** The names of the available drivers. */
  drivers: { network(): string[]; log(): string[] };
}

/** Of the kinds of objects that were asked for. */
export interface DiskUsage {
  /** Bytes; a layer that images share counts once. */
  layersSize: number | undefined;
  images: ListedImage[] | undefined;
  containers: ListedContainer[] | undefined;
  volumes: VolumeUsage[] | undefined;
  buildCache: BuildCacheRecord[] | undefined;
}

export type DiskUsagePart = "container" | "image" | "volume" | "build-cache";

const PROGRAM_DEADLINE = 2_000;

export class System {
  readonly findings: HostFinding[];
  private readonly sources: SystemSources;
  private readonly identity: string;
  private components: Promise<ComponentVersion[]> | undefined;

  constructor(sources: SystemSources) {
    this.sources = sources;
    this.findings = checkHost(sources.host, sources.config);
    this.identity = engineIdentity(sources.config.dataRoot);
  }

  /** `versions` are the API versions the server speaks, newest and oldest, such as "1.51" and "1.22". */
  async version(versions: { newest: string; oldest: string }): Promise<VersionAnswer> {
    const engine = {
      ApiVersion: versions.newest,
      MinAPIVersion: versions.oldest,
      GitCommit: GIT_COMMIT,
      GoVersion: `bun${Bun.version}`,
      Os: "linux",
      Arch: dockerArchitecture(this.sources.host.architecture),
      KernelVersion: release(),
      ...(BUILD_TIME !== "" && { BuildTime: BUILD_TIME }),
    };
    this.components ??= this.readComponents();
    return {
      Platform: { Name: PRODUCT },
      Components: [
        { Name: "Engine", Version: VERSION, Details: { ...engine, Experimental: "false" } },
        ...(await this.components),
      ],
      Version: VERSION,
      ...engine,
    };
  }

  info(): InfoAnswer {
    const { config, host, events, containers, images, drivers } = this.sources;
    const { running, paused, stopped } = containers.counts();
    const operatingSystem = readOperatingSystem();
    const has = (v1: string, v2 = v1) =>
      host.cgroup.version === 1 ? host.cgroup.mounts.has(v1) : host.cgroup.controllers.has(v2);
    const runtimes: Record<string, RuntimeInfo> = {
      [config.defaultRuntime]: { path: config.defaultRuntime },
      ...config.runtimes,
    };
    return {
      ID: this.identity,
      Containers: running + paused + stopped,
      ContainersRunning: running,
      ContainersPaused: paused,
      ContainersStopped: stopped,
      Images: images.count(),
      Driver: "overlay2",
      DriverStatus: [
        ["Backing Filesystem", fileSystemUnder(config.dataRoot)],
        ["Supports d_type", "true"],
        ["Native Overlay Diff", "true"],
        ["userxattr", "false"],
      ],
      Plugins: {
        Volume: ["local"],
        Network: drivers.network(),
        Authorization: null,
        Log: drivers.log(),
      },
      MemoryLimit: has("memory"),
      SwapLimit: host.swapLimit,
      CpuCfsPeriod: has("cpu"),
      CpuCfsQuota: has("cpu"),
      CPUShares: has("cpu"),
      CPUSet: has("cpuset"),
      PidsLimit: has("pids"),
      IPv4Forwarding: sysctlIsOn("net/ipv4/ip_forward"),
      Debug: config.debug,
      NFd: readdirSync("/proc/self/fd").length,
      OomKillDisable: host.cgroup.version === 1 && has("memory"),
      NGoroutines: readdirSync("/proc/self/task").length,
      SystemTime: timestampNow(),
      LoggingDriver: config.logDriver,
      CgroupDriver: "cgroupfs",
      CgroupVersion: String(host.cgroup.version),
      NEventsListener: events.listenerCount,
      KernelVersion: release(),
      OperatingSystem: operatingSystem.name,
      OSVersion: operatingSystem.version,
      OSType: "linux",
      Architecture: machine(),
      IndexServerAddress: "https://index.docker.io/v1/",
      RegistryConfig: registryConfig(config),
      NCPU: host.processors.length,
      MemTotal: host.memory,
      GenericResources: null,
      DockerRootDir: config.dataRoot,
      HttpProxy: withoutUser(config.proxies.http),
      HttpsProxy: withoutUser(config.proxies.https),
      NoProxy: config.proxies.no,
      Name: hostname(),
      Labels: config.labels,
      ExperimentalBuild: false,
      ServerVersion: VERSION,
      Runtimes: runtimes,
      DefaultRuntime: config.defaultRuntime,
      Swarm: {
        NodeID: "",
        NodeAddr: "",
        LocalNodeState: "inactive",
        ControlAvailable: false,
        Error: "",
        RemoteManagers: null,
      },
      LiveRestoreEnabled: true,
      Isolation: "",
      InitBinary: config.initPath,
      ContainerdCommit: noCommit,
      RuncCommit: noCommit,
      InitCommit: noCommit,
      SecurityOptions: securityOptions(config, host),
      DefaultAddressPools: config.defaultAddressPools.map(({ base, size }) => ({ Base: base, Size: size })),
      FirewallBackend: { Driver: "nftables" },
      CDISpecDirs: [],
      Warnings: this.findings.length > 0 ? this.findings.map((finding) => `WARNING: ${findingLine(finding)}`) : null,
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

  private async readComponents(): Promise<ComponentVersion[]> {
    const { config } = this.sources;
    const runtime = config.runtimes[config.defaultRuntime]?.path ?? config.defaultRuntime;
    const versions = await Promise.all(
      [config.defaultRuntime, "conmon", "nft"].map(async (name) => ({
        Name: name,
        Version: await programVersion(name === config.defaultRuntime ? runtime : name),
        Details: {},
      })),
    );
    return versions.filter(({ Version }) => Version !== "");
  }
}

const noCommit = { ID: "" };

function dockerArchitecture(nodeName: string): string {
  return nodeName === "x64" ? "amd64" : nodeName;
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

function registryConfig(config: EngineConfig): RegistryConfig {
  const isNetwork = (entry: string) => entry.includes("/");
  const hosts = config.insecureRegistries.filter((entry) => !isNetwork(entry));
  const indexes = [
    { Name: "docker.io", Mirrors: config.registryMirrors, Secure: true, Official: true },
    ...hosts.map((Name) => ({ Name, Mirrors: [], Secure: false, Official: false })),
  ];
  return {
    InsecureRegistryCIDRs: [...new Set([...config.insecureRegistries.filter(isNetwork), "::1/128", "127.0.0.0/8"])],
    IndexConfigs: Object.fromEntries(indexes.map((index) => [index.Name, index])),
    Mirrors: config.registryMirrors,
  };
}

function securityOptions(config: EngineConfig, host: HostFacts): string[] {
  const profile = config.seccompProfile === "" ? "builtin" : config.seccompProfile;
  return [
    ...(host.appArmor ? ["name=apparmor"] : []),
    ...(host.seccomp ? [`name=seccomp,profile=${profile}`] : []),
    ...(config.usernsRemap ? ["name=userns"] : []),
    ...(host.cgroup.version === 2 ? ["name=cgroupns"] : []),
    ...(config.noNewPrivileges ? ["name=no-new-privileges"] : []),
  ];
}

/** The first version number in the output of `--version`; empty if the program cannot be run. */
async function programVersion(program: string): Promise<string> {
  const path = Bun.which(program);
  if (path === null) return "";
  const child = Bun.spawn([path, "--version"], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    timeout: PROGRAM_DEADLINE,
    killSignal: "SIGKILL",
  });
  return /v?(\d+\.\d+[\w.+~-]*)/.exec(await child.stdout.text())?.[1] ?? "";
}

/** A proxy's URL without its user and password. */
function withoutUser(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//xxxxx:xxxxx@");
}
