// Docker's client struct of `info`.
import { structType } from "../template/struct-type.ts";

const Plugins = structType(
  "system.PluginsInfo",
  "Volume:[]string Network:[]string Authorization:[]string Log:[]string",
);
const Index = structType("registry.IndexInfo", "Name Mirrors:[]string Secure:bool Official:bool");
const Registry = {
  ...structType(
    "registry.ServiceConfig",
    `AllowNondistributableArtifactsCIDRs:[]any AllowNondistributableArtifactsHostnames:[]string
    InsecureRegistryCIDRs:[]string IndexConfigs:map[]*Index Mirrors:[]string ExtraFields:map[]any`,
    { Index },
  ),
  isMapInJson: true as const,
};
const Runtime = structType(
  "system.Runtime",
  "Path=path Args=runtimeArgs:[]string Type=runtimeType Options=options:map[]any",
);
const RuntimeWithStatus = structType("system.RuntimeWithStatus", "+Runtime Status=status:map[]", { Runtime });
const Swarm = structType(
  "swarm.Info",
  `NodeID NodeAddr LocalNodeState ControlAvailable:bool Error RemoteManagers:[]any Nodes:int Managers:int Cluster:any
  Warnings:[]string`,
);
const Commit = structType("system.Commit", "ID");
const AddressPool = structType("system.NetworkAddressPool", "Base Size:int");
const FirewallBackend = structType("system.FirewallInfo", "Driver Info:[]any");
const ClientInfo = structType(
  "system.clientInfo",
  `Debug:bool Version DefaultAPIVersion GitCommit GoVersion Os Arch BuildTime Context Plugins:[]any Warnings:[]string`,
);

export const infoType = structType(
  "system.dockerInfo",
  `ID Containers:int ContainersRunning:int ContainersPaused:int ContainersStopped:int Images:int Driver
  DriverStatus:[]any SystemStatus:[]any Plugins:Plugins MemoryLimit:bool SwapLimit:bool KernelMemory:bool
  KernelMemoryTCP:bool CPUCfsPeriod=CpuCfsPeriod:bool CPUCfsQuota=CpuCfsQuota:bool CPUShares:bool CPUSet:bool
  PidsLimit:bool IPv4Forwarding:bool Debug:bool NFd:int OomKillDisable:bool NGoroutines:int SystemTime LoggingDriver
  CgroupDriver CgroupVersion NEventsListener:int KernelVersion OperatingSystem OSVersion OSType Architecture
  IndexServerAddress RegistryConfig:*Registry NCPU:int MemTotal:int GenericResources:[]any DockerRootDir
  HTTPProxy=HttpProxy HTTPSProxy=HttpsProxy NoProxy Name Labels:[]string ExperimentalBuild:bool ServerVersion
  Runtimes:map[]RuntimeWithStatus DefaultRuntime Swarm:Swarm LiveRestoreEnabled:bool Isolation InitBinary
  ContainerdCommit:Commit RuncCommit:Commit InitCommit:Commit SecurityOptions:[]string ProductLicense
  DefaultAddressPools:[]AddressPool FirewallBackend:*FirewallBackend CDISpecDirs:[]string Warnings:[]string
  ClientInfo:*ClientInfo`,
  { Plugins, Registry, RuntimeWithStatus, Swarm, Commit, AddressPool, FirewallBackend, ClientInfo },
);
