// The limits and devices of a service for the create request.
import type { HostConfig, Ulimit } from "../../api/host-configuration.ts";
import type { Service } from "../model/project.ts";

const bytes = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

const nanoCpus = (cpus: number | undefined): number | undefined =>
  cpus === undefined ? undefined : Math.round(cpus * 1e9);

export function ulimitsOf(limits: Service["ulimits"]): Ulimit[] | undefined {
  if (!limits) return undefined;
  return Object.entries(limits).map(([Name, limit]) =>
    typeof limit === "number"
      ? { Name, Soft: limit, Hard: limit }
      : { Name, Soft: limit.soft ?? 0, Hard: limit.hard ?? 0 },
  );
}

type Throttle = readonly { readonly path?: string; readonly rate?: string }[] | undefined;

const throttle = (devices: Throttle) =>
  devices?.map(({ path = "", rate = "0" }) => ({ Path: path, Rate: Number(rate) }));

function blkio({ blkio_config: config }: Service): HostConfig {
  return {
    BlkioWeight: config?.weight,
    BlkioWeightDevice: config?.weight_device?.map(({ path = "", weight = 0 }) => ({ Path: path, Weight: weight })),
    BlkioDeviceReadBps: throttle(config?.device_read_bps),
    BlkioDeviceReadIOps: throttle(config?.device_read_iops),
    BlkioDeviceWriteBps: throttle(config?.device_write_bps),
    BlkioDeviceWriteIOps: throttle(config?.device_write_iops),
  };
}

/** A device in Container Device Interface syntax: "vendor.com/class=name". */
const CDI_NAME = /^[a-zA-Z][\w.-]*\/[a-zA-Z][\w-]*=[\w.:-]+$/;

function devices(service: Service): HostConfig {
  const { devices: all = [], gpus = [], deploy } = service;
  const isCdi = ({ source = "", target }: { source?: string; target?: string }) =>
    source === target && CDI_NAME.test(source);
  const cdi = all.filter(isCdi).flatMap(({ source }) => source ?? []);
  const reserved = deploy?.resources?.reservations?.devices ?? [];
  const requests = [
    ...reserved.map((request) => ({ request, capabilities: [...(request.capabilities ?? [])] })),
    ...gpus.map((request) => ({ request, capabilities: [...(request.capabilities ?? []), "gpu"] })),
  ].map(({ request, capabilities }) => ({
    Driver: request.driver,
    Count: request.count,
    DeviceIDs: request.device_ids && [...request.device_ids],
    Capabilities: [capabilities],
    Options: request.options && { ...request.options },
  }));
  const cdiRequest = cdi.length === 0 ? [] : [{ Driver: "cdi", DeviceIDs: cdi }];
  return {
    Devices: all
      .filter((device) => !isCdi(device))
      .map(({ source, target, permissions }) => ({
        PathOnHost: source,
        PathInContainer: target ?? source,
        CgroupPermissions: permissions ?? "rwm",
      })),
    DeviceRequests: requests.length + cdiRequest.length === 0 ? undefined : [...cdiRequest, ...requests],
  };
}

/** `deploy.resources` takes precedence over the service's own attributes. */
export function resourcesOf(service: Service): HostConfig {
  const { limits, reservations } = service.deploy?.resources ?? {};
  return {
    CgroupParent: service.cgroup_parent,
    Memory: bytes(limits?.memory) ?? bytes(service.mem_limit),
    MemorySwap: bytes(service.memswap_limit),
    MemorySwappiness: bytes(service.mem_swappiness),
    MemoryReservation: bytes(reservations?.memory) ?? bytes(service.mem_reservation),
    OomKillDisable: service.oom_kill_disable ?? false,
    CpuCount: service.cpu_count,
    CpuPercent: service.cpu_percent,
    CpuPeriod: service.cpu_period,
    CpuQuota: service.cpu_quota,
    CpuRealtimePeriod: service.cpu_rt_period,
    CpuRealtimeRuntime: service.cpu_rt_runtime,
    CpuShares: service.cpu_shares,
    CpusetCpus: service.cpuset,
    NanoCpus: nanoCpus(limits?.cpus) ?? nanoCpus(service.cpus),
    PidsLimit: limits?.pids ?? service.pids_limit,
    DeviceCgroupRules: service.device_cgroup_rules && [...service.device_cgroup_rules],
    Ulimits: ulimitsOf(service.ulimits),
    ...blkio(service),
    ...devices(service),
  };
}
