// Docker's client struct of an inspected container.
import { structType } from "../template/struct-type.ts";

const Nothing = structType("struct {}", "");
const PortBinding = structType("nat.PortBinding", "HostIP=HostIp HostPort");

const HealthcheckResult = structType("container.HealthcheckResult", "Start:time End:time ExitCode:int Output");
const Health = structType("container.Health", "Status FailingStreak:int Log:[]*HealthcheckResult", {
  HealthcheckResult,
});
const State = structType(
  "container.State",
  `Status Running:bool Paused:bool Restarting:bool OOMKilled:bool Dead:bool Pid:int ExitCode:int Error
  StartedAt FinishedAt Health:*Health`,
  { Health },
);

const GraphDriver = structType("storage.DriverData", "Data:map[] Name");

const LogConfig = structType("container.LogConfig", "Type Config:map[]");
const RestartPolicy = structType("container.RestartPolicy", "Name MaximumRetryCount:int");
const DeviceMapping = structType("container.DeviceMapping", "PathOnHost PathInContainer CgroupPermissions");
const Ulimit = structType("units.Ulimit", "Name Hard:int Soft:int");
const BindOptions = structType(
  "mount.BindOptions",
  "Propagation NonRecursive:bool CreateMountpoint:bool ReadOnlyNonRecursive:bool ReadOnlyForceRecursive:bool",
);
const Driver = structType("mount.Driver", "Name Options:map[]");
const VolumeOptions = structType("mount.VolumeOptions", "NoCopy:bool Labels:map[] Subpath DriverConfig:*Driver", {
  Driver,
});
const TmpfsOptions = structType("mount.TmpfsOptions", "SizeBytes:int Mode:int Options:any");
const Mount = structType(
  "mount.Mount",
  `Type Source Target ReadOnly:bool Consistency BindOptions:*BindOptions VolumeOptions:*VolumeOptions
  ImageOptions:any TmpfsOptions:*TmpfsOptions ClusterOptions:any`,
  { BindOptions, VolumeOptions, TmpfsOptions },
);

const Resources = structType(
  "container.Resources",
  `CPUShares=CpuShares:int Memory:int NanoCPUs=NanoCpus:int CgroupParent BlkioWeight:int BlkioWeightDevice:[]any
  BlkioDeviceReadBps:[]any BlkioDeviceWriteBps:[]any BlkioDeviceReadIOps:[]any BlkioDeviceWriteIOps:[]any
  CPUPeriod=CpuPeriod:int CPUQuota=CpuQuota:int CPURealtimePeriod=CpuRealtimePeriod:int
  CPURealtimeRuntime=CpuRealtimeRuntime:int CpusetCpus CpusetMems Devices:[]DeviceMapping DeviceCgroupRules:[]string
  DeviceRequests:[]any KernelMemory:int KernelMemoryTCP:int MemoryReservation:int MemorySwap:int
  MemorySwappiness:*int OomKillDisable:*bool PidsLimit:*int Ulimits:[]*Ulimit CPUCount=CpuCount:int
  CPUPercent=CpuPercent:int IOMaximumIOps:int IOMaximumBandwidth:int`,
  { DeviceMapping, Ulimit },
);

const HostConfig = structType(
  "container.HostConfig",
  `Binds:[]string ContainerIDFile LogConfig:LogConfig NetworkMode PortBindings:map[][]PortBinding
  RestartPolicy:RestartPolicy AutoRemove:bool VolumeDriver VolumesFrom:[]string ConsoleSize:[]int Annotations:map[]
  CapAdd:[]string CapDrop:[]string CgroupnsMode DNS=Dns:[]string DNSOptions=DnsOptions:[]string
  DNSSearch=DnsSearch:[]string ExtraHosts:[]string GroupAdd:[]string IpcMode Cgroup Links:[]string OomScoreAdj:int
  PidMode Privileged:bool PublishAllPorts:bool ReadonlyRootfs:bool SecurityOpt:[]string StorageOpt:map[] Tmpfs:map[]
  UTSMode UsernsMode ShmSize:int Sysctls:map[] Runtime Isolation +Resources Mounts:[]Mount MaskedPaths:[]string
  ReadonlyPaths:[]string Init:*bool`,
  { LogConfig, PortBinding, RestartPolicy, Mount, Resources },
);

const HealthConfig = structType(
  "container.HealthConfig",
  "Test:[]string Interval:duration Timeout:duration StartPeriod:duration StartInterval:duration Retries:int",
);
const Config = structType(
  "container.Config",
  `Hostname Domainname User AttachStdin:bool AttachStdout:bool AttachStderr:bool ExposedPorts:map[]Nothing Tty:bool
  OpenStdin:bool StdinOnce:bool Env:[]string Cmd:[]string Healthcheck:*HealthConfig ArgsEscaped:bool Image
  Volumes:map[]Nothing WorkingDir Entrypoint:[]string NetworkDisabled:bool MacAddress OnBuild:[]string Labels:map[]
  StopSignal StopTimeout:*int Shell:[]string`,
  { HealthConfig, Nothing },
);

const EndpointIPAMConfig = structType("network.EndpointIPAMConfig", "IPv4Address IPv6Address LinkLocalIPs:[]string");
const EndpointSettings = structType(
  "network.EndpointSettings",
  `IPAMConfig:*EndpointIPAMConfig Links:[]string Aliases:[]string MacAddress DriverOpts:map[] GwPriority:int NetworkID
  EndpointID Gateway IPAddress IPPrefixLen:int IPv6Gateway GlobalIPv6Address GlobalIPv6PrefixLen:int
  DNSNames:[]string`,
  { EndpointIPAMConfig },
);
const NetworkSettingsBase = structType(
  "container.NetworkSettingsBase",
  `Bridge SandboxID SandboxKey Ports:map[][]PortBinding HairpinMode:bool LinkLocalIPv6Address
  LinkLocalIPv6PrefixLen:int SecondaryIPAddresses:[]any SecondaryIPv6Addresses:[]any`,
  { PortBinding },
);
const DefaultNetworkSettings = structType(
  "container.DefaultNetworkSettings",
  `EndpointID Gateway GlobalIPv6Address GlobalIPv6PrefixLen:int IPAddress IPPrefixLen:int IPv6Gateway MacAddress`,
);
const NetworkSettings = structType(
  "container.NetworkSettings",
  "+NetworkSettingsBase +DefaultNetworkSettings Networks:map[]*EndpointSettings",
  { NetworkSettingsBase, DefaultNetworkSettings, EndpointSettings },
);

const MountPoint = structType("container.MountPoint", "Type Name Source Destination Driver Mode RW:bool Propagation");

const ContainerJSONBase = structType(
  "container.ContainerJSONBase",
  `ID=Id Created Path Args:[]string State:*State Image ResolvConfPath HostnamePath HostsPath LogPath Name
  RestartCount:int Driver Platform MountLabel ProcessLabel AppArmorProfile ExecIDs:[]string HostConfig:*HostConfig
  GraphDriver:GraphDriver SizeRw:*int SizeRootFs:*int`,
  { State, HostConfig, GraphDriver },
);
export const containerType = structType(
  "container.InspectResponse",
  `+ContainerJSONBase Mounts:[]MountPoint Config:*Config NetworkSettings:*NetworkSettings
  ImageManifestDescriptor:any`,
  { ContainerJSONBase, MountPoint, Config, NetworkSettings },
);
