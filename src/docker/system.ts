// Renders the engine as a whole as Docker's `version` and `info` do.
import { hostname, machine, release } from "node:os";
import { BUILD_TIME, GIT_COMMIT, PRODUCT, VERSION } from "../api/product.ts";
import type { InfoAnswer, RegistryConfig, RuntimeInfo, VersionAnswer } from "../api/system.ts";
import { timestampNow } from "../api/time.ts";
import type { EngineConfig, EngineInfo, Program } from "../engine/index.ts";

/** @param versions of the API that the server speaks, such as "1.51" and "1.22" */
export function dockerVersion(
  programs: readonly Program[],
  architecture: string,
  versions: { newest: string; oldest: string },
): VersionAnswer {
  const engine = {
    ApiVersion: versions.newest,
    MinAPIVersion: versions.oldest,
    GitCommit: GIT_COMMIT,
    GoVersion: `bun${Bun.version}`,
    Os: "linux",
    Arch: architecture === "x64" ? "amd64" : architecture,
    KernelVersion: release(),
    ...(BUILD_TIME !== "" && { BuildTime: BUILD_TIME }),
  };
  return {
    Platform: { Name: PRODUCT },
    Components: [
      { Name: "Engine", Version: VERSION, Details: { ...engine, Experimental: "false" } },
      ...programs.map(({ name, version }) => ({ Name: name, Version: version, Details: {} })),
    ],
    Version: VERSION,
    ...engine,
  };
}

/** @param warnings lines about the host */
export function dockerInfo(info: EngineInfo, warnings: readonly string[]): InfoAnswer {
  const { config, host, containers, drivers, operatingSystem } = info;
  const { running, paused, stopped } = containers;
  const has = (controller: string) =>
    host.cgroup.version === 1 ? host.cgroup.mounts.has(controller) : host.cgroup.controllers.has(controller);
  const runtimes: Record<string, RuntimeInfo> = {
    [config.defaultRuntime]: { path: config.defaultRuntime },
    ...config.runtimes,
  };
  return {
    ID: info.id,
    Containers: running + paused + stopped,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: stopped,
    Images: info.images,
    Driver: "overlay2",
    DriverStatus: [
      ["Backing Filesystem", info.backingFilesystem],
      ["Supports d_type", "true"],
      ["Native Overlay Diff", "true"],
      ["userxattr", "false"],
    ],
    Plugins: {
      Volume: ["local"],
      Network: drivers.network,
      Authorization: null,
      Log: drivers.log,
    },
    MemoryLimit: has("memory"),
    SwapLimit: host.swapLimit,
    CpuCfsPeriod: has("cpu"),
    CpuCfsQuota: has("cpu"),
    CPUShares: has("cpu"),
    CPUSet: has("cpuset"),
    PidsLimit: has("pids"),
    IPv4Forwarding: info.ipv4Forwarding,
    Debug: config.debug,
    NFd: info.openFiles,
    OomKillDisable: host.cgroup.version === 1 && has("memory"),
    NGoroutines: info.threads,
    SystemTime: timestampNow(),
    LoggingDriver: config.logDriver,
    CgroupDriver: "cgroupfs",
    CgroupVersion: String(host.cgroup.version),
    NEventsListener: info.eventListeners,
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
    SecurityOptions: securityOptions(info),
    DefaultAddressPools: config.defaultAddressPools.map(({ base, size }) => ({ Base: base, Size: size })),
    FirewallBackend: { Driver: "nftables" },
    CDISpecDirs: [],
    Warnings: warnings.length > 0 ? warnings.map((line) => `WARNING: ${line}`) : null,
  };
}

const noCommit = { ID: "" };

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

function securityOptions({ config, host }: EngineInfo): string[] {
  const profile = config.seccompProfile === "" ? "builtin" : config.seccompProfile;
  return [
    ...(host.appArmor ? ["name=apparmor"] : []),
    ...(host.seccomp ? [`name=seccomp,profile=${profile}`] : []),
    ...(config.usernsRemap ? ["name=userns"] : []),
    ...(host.cgroup.version === 2 ? ["name=cgroupns"] : []),
    ...(config.noNewPrivileges ? ["name=no-new-privileges"] : []),
  ];
}

/** A proxy's URL without its user and password. */
function withoutUser(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//xxxxx:xxxxx@");
}
