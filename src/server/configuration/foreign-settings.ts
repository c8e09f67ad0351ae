// Docker's keys of daemon.json that are no settings here: some accept only the value that is true anyway, the others
// are for features that do not exist. Each has a reason, for users who bring their configuration.

/** Keys with the values they accept; other values are refused with the reason. */
interface FixedSetting {
  accepts(value: unknown): boolean;
  reason: string;
}

const oneOf =
  (...accepted: readonly unknown[]) =>
  (value: unknown): boolean =>
    accepted.includes(value);
const emptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

export const fixedSettings: Readonly<Record<string, FixedSetting>> = {
  "allow-direct-routing": {
    accepts: oneOf(false),
    reason: "a network lets it in with -o com.docker.network.bridge.gateway_mode_ipv4=nat-unprotected",
  },
  "exec-opts": {
    accepts: (value) => Array.isArray(value) && value.every((option) => option === "native.cgroupdriver=cgroupfs"),
    reason: "control groups are managed by files (native.cgroupdriver=cgroupfs)",
  },
  experimental: { accepts: oneOf(false), reason: "there is no experimental mode" },
  features: { accepts: areFeaturesOfBerth, reason: "no features can be switched" },
  "firewall-backend": { accepts: oneOf("nftables"), reason: "Berth keeps its own nftables table" },
  iptables: { accepts: oneOf(true), reason: "Berth keeps its own nftables table" },
  ip6tables: { accepts: oneOf(true), reason: "Berth keeps its own nftables table" },
  "live-restore": { accepts: oneOf(true), reason: "containers always run on while the daemon is away" },
  "raw-logs": { accepts: oneOf(true, false), reason: "the log is never coloured" },
  "selinux-enabled": { accepts: oneOf(false), reason: "SELinux labels are not supported" },
  "storage-driver": { accepts: oneOf("overlay2", "overlay"), reason: "images are kept on overlay file systems" },
  "storage-opts": { accepts: emptyList, reason: "the storage has no options" },
  "userland-proxy": { accepts: oneOf(true, false), reason: "ports are published by the kernel, and ::1 by the engine" },
};

/** `buildkit` has no effect; features that do not exist can only be switched off. */
function areFeaturesOfBerth(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, isOn]) => name === "buildkit" || isOn === false);
}

const NO_CONTAINERD = "there is no containerd";
const BRIDGE_IS_GATEWAY = "the default bridge itself is its containers' gateway; bip sets its address";
const NO_REAL_TIME = "control groups have no real-time limits here";
const NO_SWARM = "there is no swarm";

/** Keys of features that do not exist here, and why. */
export const absentSettings: Readonly<Record<string, string>> = {
  "allow-nondistributable-artifacts": "such layers are a thing of Windows images",
  "api-cors-header": "pages of other origins are never let in",
  "authorization-plugins": "there are no plugins; scoped sockets limit what a client may do",
  "bridge-accept-fwmark": "a rule in the user chain of the table berth accepts by mark",
  "cdi-spec-dirs": "devices are named one by one, CDI is not supported",
  containerd: NO_CONTAINERD,
  "containerd-namespace": NO_CONTAINERD,
  "containerd-plugin-namespace": NO_CONTAINERD,
  "cpu-rt-period": NO_REAL_TIME,
  "cpu-rt-runtime": NO_REAL_TIME,
  "default-gateway": BRIDGE_IS_GATEWAY,
  "default-gateway-v6": BRIDGE_IS_GATEWAY,
  graph: "it is called data-root",
  "metrics-addr": "there are no metrics to be fetched",
  "network-control-plane-mtu": NO_SWARM,
  "network-diagnostic-port": "there is no diagnostic server",
  "node-generic-resources": NO_SWARM,
  "oom-score-adjust": "the service manager sets it (OOMScoreAdjust= in the unit)",
  "swarm-default-advertise-addr": NO_SWARM,
  "userland-proxy-path": "ports are published by the kernel alone",
};
