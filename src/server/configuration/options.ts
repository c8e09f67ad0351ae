// Every setting of the daemon, once: its key in daemon.json (Docker's names), its flag, how the text of a flag is read, and
// what its value may be. A new one is a row here, a field of EngineConfig, and its default in engine-config.ts.
import * as v from "valibot";

/** How the text of a flag becomes the value in the file; all but the first three may be repeated. */
export type OptionType =
  | "text"
  | "switch"
  | "number"
  | "list"
  | "pairs"
  /** "driver=option=value": pairs by a name. */
  | "pairsByName"
  | "pools"
  | "runtimes"
  | "ulimits";

export interface Option {
  key: string;
  /** Without its dashes; undefined for keys of the file only. */
  flag?: string;
  short?: string;
  type: OptionType;
  help: string;
}

const text = v.optional(v.string());
const flag = v.optional(v.boolean());
const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)));
const list = v.optional(v.array(v.string()));
const size = v.optional(v.union([v.string(), v.number()]));

/** An object that refuses unknown keys, because they would have no effect. */
const exactly = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject(entries, (issue) => (issue.expected === "never" ? "not a setting of Berth" : "must be an object"));

type Setting = Omit<Option, "key"> & { schema: v.GenericSchema };

const settings = {
  bip: { flag: "bip", type: "text", help: "Address and prefix length of the default bridge", schema: text },
  bip6: { flag: "bip6", type: "text", help: "IPv6 address and prefix length of the default bridge", schema: text },
  bridge: { flag: "bridge", short: "b", type: "text", help: "Name of the default bridge interface", schema: text },
  builder: {
    type: "text",
    help: "Bounds of the build cache, and what builds may be allowed",
    schema: v.optional(
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
  },
  "buildkit-host": {
    flag: "buildkit-host",
    type: "text",
    help: "Socket for BuildKit's own clients: unix:///path (default none)",
    schema: text,
  },
  "cgroup-parent": { flag: "cgroup-parent", type: "text", help: "Parent cgroup of all containers", schema: text },
  "data-root": { flag: "data-root", type: "text", help: "Root directory of persistent state", schema: text },
  debug: { flag: "debug", short: "D", type: "switch", help: "Log every request and more", schema: flag },
  "default-address-pools": {
    flag: "default-address-pool",
    type: "pools",
    help: "Addresses for networks: base=172.30.0.0/16,size=24",
    schema: v.optional(v.array(exactly({ base: v.string(), size: v.number() }))),
  },
  "default-cgroupns-mode": {
    flag: "default-cgroupns-mode",
    type: "text",
    help: "Control group namespace of containers: host or private",
    schema: v.optional(v.picklist(["host", "private"])),
  },
  "default-ipc-mode": {
    flag: "default-ipc-mode",
    type: "text",
    help: "IPC mode of containers: shareable or private",
    schema: v.optional(v.picklist(["shareable", "private"])),
  },
  "default-network-opts": {
    flag: "default-network-opt",
    type: "pairsByName",
    help: "Driver option of new networks: bridge=com.docker.network.driver.mtu=1400",
    schema: v.optional(v.record(v.string(), v.record(v.string(), v.string()))),
  },
  "default-runtime": {
    flag: "default-runtime",
    type: "text",
    help: "OCI runtime of containers that name none",
    schema: text,
  },
  "default-shm-size": { flag: "default-shm-size", type: "text", help: "Size of /dev/shm in containers", schema: size },
  "default-ulimits": {
    flag: "default-ulimit",
    type: "ulimits",
    help: "Limits of containers: nofile=1024:2048",
    schema: v.optional(v.record(v.string(), exactly({ Name: text, Soft: v.number(), Hard: v.number() }))),
  },
  dns: { flag: "dns", type: "list", help: "DNS server of containers", schema: list },
  "dns-opts": { flag: "dns-opt", type: "list", help: "DNS option of containers", schema: list },
  "dns-search": { flag: "dns-search", type: "list", help: "DNS search domain of containers", schema: list },
  "exec-root": { flag: "exec-root", type: "text", help: "Root directory of state that a reboot ends", schema: text },
  "fixed-cidr": {
    flag: "fixed-cidr",
    type: "text",
    help: "Where the default bridge's IPv4 addresses are from",
    schema: text,
  },
  "fixed-cidr-v6": { flag: "fixed-cidr-v6", type: "text", help: "IPv6 subnet of the default bridge", schema: text },
  group: { flag: "group", short: "G", type: "text", help: "Group that may use the unix socket", schema: text },
  "host-gateway-ip": {
    flag: "host-gateway-ip",
    type: "text",
    help: "Address that host-gateway stands for",
    schema: text,
  },
  "host-gateway-ips": { type: "text", help: "The same, one of each address family", schema: list },
  hosts: {
    flag: "host",
    short: "H",
    type: "list",
    help: "Socket to listen on: unix:///path, tcp://address:port",
    schema: list,
  },
  "http-proxy": { flag: "http-proxy", type: "text", help: "Proxy to registries that speak plain HTTP", schema: text },
  "https-proxy": { flag: "https-proxy", type: "text", help: "Proxy to registries that speak TLS", schema: text },
  icc: {
    flag: "icc",
    type: "switch",
    help: "Containers of the default bridge reach each other (default true)",
    schema: flag,
  },
  init: { flag: "init", type: "switch", help: "Run an init in every container", schema: flag },
  "init-path": { flag: "init-path", type: "text", help: "The init program", schema: text },
  "insecure-registries": {
    flag: "insecure-registry",
    type: "list",
    help: "Registry spoken to without verified TLS",
    schema: list,
  },
  ip: { flag: "ip", type: "text", help: "Address that the default bridge's ports are published on", schema: text },
  "ip-forward": {
    flag: "ip-forward",
    type: "switch",
    help: "Switch on forwarding in the kernel (default true)",
    schema: flag,
  },
  "ip-masq": { flag: "ip-masq", type: "switch", help: "Masquerade the default bridge (default true)", schema: flag },
  ipv6: { flag: "ipv6", type: "switch", help: "IPv6 on the default bridge", schema: flag },
  "keep-layer-archives": {
    flag: "keep-layer-archives",
    type: "switch",
    help: "Keep compressed layers for pushes (default true)",
    schema: flag,
  },
  labels: { flag: "label", type: "list", help: "Label of this engine: key=value", schema: list },
  "log-budget": {
    flag: "log-budget",
    type: "text",
    help: "Room for the logs of all containers together: 5g",
    schema: text,
  },
  "log-driver": { flag: "log-driver", type: "text", help: "Log driver of containers that name none", schema: text },
  "log-level": {
    flag: "log-level",
    short: "l",
    type: "text",
    help: "debug, info, warn, error or fatal",
    schema: v.optional(v.picklist(["debug", "info", "warn", "error", "fatal"])),
  },
  "log-opts": {
    flag: "log-opt",
    type: "pairs",
    help: "Option of the log driver: max-size=10m",
    schema: v.optional(v.record(v.string(), v.string())),
  },
  "log-format": {
    flag: "log-format",
    type: "text",
    help: "Form of the log: text or json",
    schema: v.optional(v.picklist(["text", "json"])),
  },
  "max-concurrent-downloads": {
    flag: "max-concurrent-downloads",
    type: "number",
    help: "Layers pulled at a time",
    schema: count,
  },
  "max-concurrent-uploads": {
    flag: "max-concurrent-uploads",
    type: "number",
    help: "Layers pushed at a time",
    schema: count,
  },
  "max-download-attempts": {
    flag: "max-download-attempts",
    type: "number",
    help: "How often a layer is tried before its pull fails",
    schema: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  },
  mtu: { flag: "mtu", type: "number", help: "MTU of container networks", schema: count },
  "no-new-privileges": {
    flag: "no-new-privileges",
    type: "switch",
    help: "Containers cannot gain privileges",
    schema: flag,
  },
  "no-proxy": {
    flag: "no-proxy",
    type: "text",
    help: "Hosts reached without a proxy, separated by commas",
    schema: text,
  },
  pidfile: { flag: "pidfile", short: "p", type: "text", help: "File with the daemon's process id", schema: text },
  proxies: {
    type: "text",
    help: "The three settings of proxies in one object",
    schema: v.optional(exactly({ "http-proxy": text, "https-proxy": text, "no-proxy": text })),
  },
  registries: {
    type: "text",
    help: "Mirrors of any registry, by its host",
    schema: v.optional(
      v.record(
        v.string(),
        exactly({
          mirrors: v.optional(v.array(exactly({ url: v.string(), username: text, password: text, ca: text }))),
          insecure: flag,
          fallback: flag,
        }),
      ),
    ),
  },
  "registry-mirrors": { flag: "registry-mirror", type: "list", help: "Mirror of Docker Hub, as a URL", schema: list },
  runtimes: {
    flag: "add-runtime",
    type: "runtimes",
    help: "A further OCI runtime: name=path",
    schema: v.optional(v.record(v.string(), exactly({ path: v.string(), runtimeArgs: list }))),
  },
  "seccomp-profile": { flag: "seccomp-profile", type: "text", help: "Seccomp profile of containers", schema: text },
  "shutdown-timeout": {
    flag: "shutdown-timeout",
    type: "number",
    help: "Seconds a stop of the daemon may take",
    schema: v.optional(v.pipe(v.number(), v.integer(), v.minValue(-1))),
  },
  tls: { flag: "tls", type: "switch", help: "TLS on TCP; implied by --tlsverify", schema: flag },
  tlscacert: {
    flag: "tlscacert",
    type: "text",
    help: "Certificate of the authority clients are verified by",
    schema: text,
  },
  tlscert: { flag: "tlscert", type: "text", help: "The daemon's certificate", schema: text },
  tlskey: { flag: "tlskey", type: "text", help: "The daemon's key", schema: text },
  tlsverify: {
    flag: "tlsverify",
    type: "switch",
    help: "TLS on TCP, and clients must have a certificate",
    schema: flag,
  },
  "userns-remap": {
    flag: "userns-remap",
    type: "text",
    help: "User whose subordinate ids containers run under",
    schema: text,
  },
} as const satisfies Readonly<Record<string, Setting>>;

export const options: readonly Option[] = Object.entries<Setting>(settings).map(([key, { schema: _, ...option }]) => ({
  key,
  ...option,
}));

type SettingSchemas = { readonly [Key in keyof typeof settings]: (typeof settings)[Key]["schema"] };

function schemasOf(table: typeof settings): SettingSchemas;
function schemasOf(table: Readonly<Record<string, Setting>>): object {
  return Object.fromEntries(Object.entries(table).map(([key, { schema }]) => [key, schema]));
}

/** The content of daemon.json, which flags are parsed into as well. */
export const settingsSchema = v.object(schemasOf(settings));
export type Settings = v.InferOutput<typeof settingsSchema>;
