// Every setting of the daemon, once: its key in daemon.json (Docker's names), its flag, and how a flag's text is read.
import * as v from "valibot";

/** How the text of a flag becomes the value its key has in the file; all but the first three may be given repeatedly. */
export type OptionType = "text" | "switch" | "number" | "list" | "pairs" | "pools" | "runtimes" | "ulimits";

export interface Option {
  key: string;
  /** Without its dashes; undefined where only the file can say it. */
  flag?: string;
  short?: string;
  type: OptionType;
  help: string;
}

export const options: readonly Option[] = [
  { key: "bip", flag: "bip", type: "text", help: "Address and prefix length of the default bridge" },
  { key: "bip6", flag: "bip6", type: "text", help: "IPv6 address and prefix length of the default bridge" },
  { key: "bridge", flag: "bridge", short: "b", type: "text", help: "Name of the default bridge interface" },
  { key: "builder", type: "text", help: "Bounds of the build cache, and what builds may be allowed" },
  {
    key: "buildkit-host",
    flag: "buildkit-host",
    type: "text",
    help: "Socket for BuildKit's own clients: unix:///path (default none)",
  },
  { key: "cgroup-parent", flag: "cgroup-parent", type: "text", help: "Parent cgroup of all containers" },
  { key: "data-root", flag: "data-root", type: "text", help: "Root directory of persistent state" },
  { key: "debug", flag: "debug", short: "D", type: "switch", help: "Log every request and more" },
  {
    key: "default-address-pools",
    flag: "default-address-pool",
    type: "pools",
    help: "Addresses for networks: base=172.30.0.0/16,size=24",
  },
  {
    key: "default-cgroupns-mode",
    flag: "default-cgroupns-mode",
    type: "text",
    help: "Control group namespace of containers: host or private",
  },
  {
    key: "default-ipc-mode",
    flag: "default-ipc-mode",
    type: "text",
    help: "IPC mode of containers: shareable or private",
  },
  {
    key: "default-network-opts",
    type: "text",
    help: "Driver options of new networks, by driver",
  },
  { key: "default-runtime", flag: "default-runtime", type: "text", help: "OCI runtime of containers that name none" },
  { key: "default-shm-size", flag: "default-shm-size", type: "text", help: "Size of /dev/shm in containers" },
  { key: "default-ulimits", flag: "default-ulimit", type: "ulimits", help: "Limits of containers: nofile=1024:2048" },
  { key: "dns", flag: "dns", type: "list", help: "DNS server of containers" },
  { key: "dns-opts", flag: "dns-opt", type: "list", help: "DNS option of containers" },
  { key: "dns-search", flag: "dns-search", type: "list", help: "DNS search domain of containers" },
  { key: "exec-root", flag: "exec-root", type: "text", help: "Root directory of state that a reboot ends" },
  { key: "fixed-cidr", flag: "fixed-cidr", type: "text", help: "Where the default bridge's IPv4 addresses are from" },
  { key: "fixed-cidr-v6", flag: "fixed-cidr-v6", type: "text", help: "IPv6 subnet of the default bridge" },
  { key: "group", flag: "group", short: "G", type: "text", help: "Group that may use the unix socket" },
  { key: "host-gateway-ip", flag: "host-gateway-ip", type: "text", help: "Address that host-gateway stands for" },
  { key: "host-gateway-ips", type: "text", help: "The same, one of each address family" },
  {
    key: "hosts",
    flag: "host",
    short: "H",
    type: "list",
    help: "Socket to listen on: unix:///path, tcp://address:port",
  },
  { key: "http-proxy", flag: "http-proxy", type: "text", help: "Proxy to registries that speak plain HTTP" },
  { key: "https-proxy", flag: "https-proxy", type: "text", help: "Proxy to registries that speak TLS" },
  { key: "icc", flag: "icc", type: "switch", help: "Containers of the default bridge reach each other (default true)" },
  { key: "init", flag: "init", type: "switch", help: "Run an init in every container" },
  { key: "init-path", flag: "init-path", type: "text", help: "The init program" },
  {
    key: "insecure-registries",
    flag: "insecure-registry",
    type: "list",
    help: "Registry spoken to without verified TLS",
  },
  { key: "ip", flag: "ip", type: "text", help: "Address that the default bridge's ports are published on" },
  { key: "ip-forward", flag: "ip-forward", type: "switch", help: "Switch on forwarding in the kernel (default true)" },
  { key: "ip-masq", flag: "ip-masq", type: "switch", help: "Masquerade the default bridge (default true)" },
  { key: "ipv6", flag: "ipv6", type: "switch", help: "IPv6 on the default bridge" },
  {
    key: "keep-layer-archives",
    flag: "keep-layer-archives",
    type: "switch",
    help: "Keep compressed layers for pushes (default true)",
  },
  { key: "labels", flag: "label", type: "list", help: "Label of this engine: key=value" },
  { key: "log-budget", flag: "log-budget", type: "text", help: "Room for the logs of all containers together: 5g" },
  { key: "log-driver", flag: "log-driver", type: "text", help: "Log driver of containers that name none" },
  { key: "log-level", flag: "log-level", short: "l", type: "text", help: "debug, info, warn, error or fatal" },
  { key: "log-opts", flag: "log-opt", type: "pairs", help: "Option of the log driver: max-size=10m" },
  { key: "log-format", flag: "log-format", type: "text", help: "Form of the log: text or json" },
  {
    key: "max-concurrent-downloads",
    flag: "max-concurrent-downloads",
    type: "number",
    help: "Layers pulled at a time",
  },
  { key: "max-concurrent-uploads", flag: "max-concurrent-uploads", type: "number", help: "Layers pushed at a time" },
  {
    key: "max-download-attempts",
    flag: "max-download-attempts",
    type: "number",
    help: "How often a layer is tried before its pull fails",
  },
  { key: "mtu", flag: "mtu", type: "number", help: "MTU of container networks" },
  { key: "no-new-privileges", flag: "no-new-privileges", type: "switch", help: "Containers cannot gain privileges" },
  { key: "no-proxy", flag: "no-proxy", type: "text", help: "Hosts reached without a proxy, separated by commas" },
  { key: "pidfile", flag: "pidfile", short: "p", type: "text", help: "File with the daemon's process id" },
  { key: "proxies", type: "text", help: "The three settings of proxies in one object" },
  { key: "registries", type: "text", help: "Mirrors of any registry, by its host" },
  { key: "registry-mirrors", flag: "registry-mirror", type: "list", help: "Mirror of Docker Hub, as a URL" },
  { key: "runtimes", flag: "add-runtime", type: "runtimes", help: "A further OCI runtime: name=path" },
  { key: "seccomp-profile", flag: "seccomp-profile", type: "text", help: "Seccomp profile of containers" },
  { key: "shutdown-timeout", flag: "shutdown-timeout", type: "number", help: "Seconds a stop of the daemon may take" },
  { key: "tls", flag: "tls", type: "switch", help: "TLS on TCP; implied by --tlsverify" },
  { key: "tlscacert", flag: "tlscacert", type: "text", help: "Certificate of the authority clients are verified by" },
  { key: "tlscert", flag: "tlscert", type: "text", help: "The daemon's certificate" },
  { key: "tlskey", flag: "tlskey", type: "text", help: "The daemon's key" },
  { key: "tlsverify", flag: "tlsverify", type: "switch", help: "TLS on TCP, and clients must have a certificate" },
  { key: "userns-remap", flag: "userns-remap", type: "text", help: "User whose subordinate ids containers run under" },
];

const text = v.optional(v.string());
const flag = v.optional(v.boolean());
const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)));
const list = v.optional(v.array(v.string()));
const size = v.optional(v.union([v.string(), v.number()]));

/** An object that has no other keys than these: one that nobody knows would be a promise nobody keeps. */
const exactly = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject(entries, (issue) => (issue.expected === "never" ? "not a setting of Berth" : "must be an object"));

/** What daemon.json may hold, and what flags are turned into. */
export const settingsSchema = v.object({
  bip: text,
  bip6: text,
  bridge: text,
  builder: v.optional(
    exactly({
      gc: v.optional(
        exactly({
          enabled: flag,
          defaultKeepStorage: size,
          defaultReservedSpace: size,
          defaultMaxUsedSpace: size,
          defaultMinFreeSpace: size,
          policy: v.optional(
            v.array(
              exactly({
                all: flag,
                filter: list,
                keepStorage: size,
                reservedSpace: size,
                maxUsedSpace: size,
                minFreeSpace: size,
              }),
            ),
          ),
        }),
      ),
      entitlements: v.optional(exactly({ "network-host": flag, "security-insecure": flag })),
    }),
  ),
  "buildkit-host": text,
  "cgroup-parent": text,
  "data-root": text,
  debug: flag,
  "default-address-pools": v.optional(v.array(exactly({ base: v.string(), size: v.number() }))),
  "default-cgroupns-mode": v.optional(v.picklist(["host", "private"])),
  "default-ipc-mode": v.optional(v.picklist(["shareable", "private"])),
  "default-network-opts": v.optional(v.record(v.string(), v.record(v.string(), v.string()))),
  "default-runtime": text,
  "default-shm-size": size,
  "default-ulimits": v.optional(v.record(v.string(), exactly({ Name: text, Soft: v.number(), Hard: v.number() }))),
  dns: list,
  "dns-opts": list,
  "dns-search": list,
  "exec-root": text,
  "fixed-cidr": text,
  "fixed-cidr-v6": text,
  group: text,
  "host-gateway-ip": text,
  "host-gateway-ips": list,
  hosts: list,
  "http-proxy": text,
  "https-proxy": text,
  icc: flag,
  init: flag,
  "init-path": text,
  "insecure-registries": list,
  ip: text,
  "ip-forward": flag,
  "ip-masq": flag,
  ipv6: flag,
  "keep-layer-archives": flag,
  labels: list,
  "log-budget": text,
  "log-driver": text,
  "log-level": v.optional(v.picklist(["debug", "info", "warn", "error", "fatal"])),
  "log-format": v.optional(v.picklist(["text", "json"])),
  "log-opts": v.optional(v.record(v.string(), v.string())),
  "max-concurrent-downloads": count,
  "max-concurrent-uploads": count,
  "max-download-attempts": v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  mtu: count,
  "no-new-privileges": flag,
  "no-proxy": text,
  pidfile: text,
  proxies: v.optional(exactly({ "http-proxy": text, "https-proxy": text, "no-proxy": text })),
  registries: v.optional(
    v.record(
      v.string(),
      exactly({
        mirrors: v.optional(v.array(exactly({ url: v.string(), username: text, password: text, ca: text }))),
        insecure: flag,
        fallback: flag,
      }),
    ),
  ),
  "registry-mirrors": list,
  runtimes: v.optional(v.record(v.string(), exactly({ path: v.string(), runtimeArgs: list }))),
  "seccomp-profile": text,
  "shutdown-timeout": v.optional(v.pipe(v.number(), v.integer(), v.minValue(-1))),
  tls: flag,
  tlscacert: text,
  tlscert: text,
  tlskey: text,
  tlsverify: flag,
  "userns-remap": text,
});
export type Settings = v.InferOutput<typeof settingsSchema>;
