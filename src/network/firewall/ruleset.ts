// The rules of the engine's nftables table, as text for nft. They are constant: everything that changes with containers
// and networks is an element of a set or map, so the cost of a packet does not depend on how many there are.

/** The sets and maps of the table, with the types of their elements. */
export const setTypes = {
  /** protocol . host port → container address . container port; for ports published on every address. */
  published4: "type inet_proto . inet_service : ipv4_addr . inet_service",
  published6: "type inet_proto . inet_service : ipv6_addr . inet_service",
  /** The same for ports published on one address of the host, which is the first field. */
  published4at: "type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service",
  published6at: "type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service",
  /** Ranges of host ports that map to the same ports of a container, one element for each range. */
  ranges4: "type inet_proto . inet_service : ipv4_addr; flags interval",
  ranges6: "type inet_proto . inet_service : ipv6_addr; flags interval",
  ranges4at: "type ipv4_addr . inet_proto . inet_service : ipv4_addr; flags interval",
  ranges6at: "type ipv6_addr . inet_proto . inet_service : ipv6_addr; flags interval",
  /** Every bridge of this engine. */
  bridges: "type ifname",
  /** Each bridge paired with itself: matches packets that stay in their network. */
  same: "type ifname . ifname",
  /** The same for bridges whose containers must not reach each other. */
  apart: "type ifname . ifname",
  /** Bridges of internal networks. */
  internal: "type ifname",
  /** Bridges whose containers' traffic is masqueraded. */
  masquerading4: "type ifname",
  masquerading6: "type ifname",
  /** Bridges whose containers are reachable at their own addresses on all ports. */
  open4: "type ifname",
  open6: "type ifname",
  /** Bridges whose containers are reachable at their own addresses on published ports, and these ports. */
  routed4: "type ifname",
  routed6: "type ifname",
  direct4: "type ipv4_addr . inet_proto . inet_service; flags interval",
  direct6: "type ipv6_addr . inet_proto . inet_service; flags interval",
  /** Each container address paired with itself: matches a container that connects to its own published port. */
  own4: "type ipv4_addr . ipv4_addr",
  own6: "type ipv6_addr . ipv6_addr",
} as const;

export type SetName = keyof typeof setTypes;

export const setNames: readonly SetName[] = [
  "published4",
  "published6",
  "published4at",
  "published6at",
  "ranges4",
  "ranges6",
  "ranges4at",
  "ranges6at",
  "bridges",
  "same",
  "apart",
  "internal",
  "masquerading4",
  "masquerading6",
  "open4",
  "open6",
  "routed4",
  "routed6",
  "direct4",
  "direct6",
  "own4",
  "own6",
];

const isMap = (name: SetName): boolean => name.startsWith("published") || name.startsWith("ranges");

/** The chain for the administrator's rules, which come before all of Berth's. The engine does not change it. */
export const USER_CHAIN = "user";

const LOOPBACK4 = "127.0.0.0/8";
/** Before connection tracking. */
const RAW_PRIORITY = -300;
const DESTINATION_NAT_PRIORITY = -100;
const SOURCE_NAT_PRIORITY = 100;

/**
 * Bits of the packet mark for what Berth accepted: traffic of containers, and new connections to published ports. Other
 * firewalls on the host can accept packets by them.
 */
export const PASSING_MARK = 0x01000000;
export const ENTERING_MARK = 0x02000000;

const accept = (mark: number): string => `meta mark set meta mark or 0x${mark.toString(16)} accept`;

const isHook = (line: string): boolean => line.startsWith("type ");

const transport = "meta l4proto { tcp, udp, sctp }";

const chains: Record<string, string[]> = {
  guard: [
    `type filter hook prerouting priority ${RAW_PRIORITY}; policy accept;`,
    // route_localnet is on for published ports; a container must not reach the host's loopback by it.
    `iifname @bridges ip daddr ${LOOPBACK4} drop`,
  ],
  prerouting: [
    `type nat hook prerouting priority ${DESTINATION_NAT_PRIORITY}; policy accept;`,
    "fib daddr type local jump publish",
  ],
  output: [
    `type nat hook output priority ${DESTINATION_NAT_PRIORITY}; policy accept;`,
    "fib daddr type local jump publish",
  ],
  publish: [
    // IPv6 has no route_localnet: the answer could not come back.
    "ip6 daddr ::1 return",
    `${transport} dnat ip to ip daddr . meta l4proto . th dport map @published4at`,
    `${transport} dnat ip to ip daddr . meta l4proto . th dport map @ranges4at`,
    `${transport} dnat ip to meta l4proto . th dport map @published4`,
    `${transport} dnat ip to meta l4proto . th dport map @ranges4`,
    `${transport} dnat ip6 to ip6 daddr . meta l4proto . th dport map @published6at`,
    `${transport} dnat ip6 to ip6 daddr . meta l4proto . th dport map @ranges6at`,
    `${transport} dnat ip6 to meta l4proto . th dport map @published6`,
    `${transport} dnat ip6 to meta l4proto . th dport map @ranges6`,
  ],
  postrouting: [
    `type nat hook postrouting priority ${SOURCE_NAT_PRIORITY}; policy accept;`,
    `oifname @bridges ip saddr ${LOOPBACK4} masquerade`,
    "ip saddr . ip daddr @own4 masquerade",
    "ip6 saddr . ip6 daddr @own6 masquerade",
    // Between two containers of one network the answer would bypass the translation.
    "iifname . oifname @same ct status dnat masquerade",
    "iifname . oifname @same accept",
    "meta nfproto ipv4 iifname @masquerading4 masquerade",
    "meta nfproto ipv6 iifname @masquerading6 masquerade",
  ],
  forward: [
    // Before other firewalls, which are at 0 and may match the marks.
    "type filter hook forward priority -1; policy accept;",
    `jump ${USER_CHAIN}`,
    "iifname @bridges goto traffic",
    "oifname @bridges goto traffic",
  ],
  traffic: [
    `ct state established,related ${accept(PASSING_MARK)}`,
    `iifname . oifname @apart ct status dnat ${accept(PASSING_MARK)}`,
    "iifname . oifname @apart drop",
    `iifname . oifname @same ${accept(PASSING_MARK)}`,
    "oifname @internal drop",
    "iifname @internal drop",
    `iifname @bridges oifname @bridges ct status dnat ${accept(PASSING_MARK)}`,
    `oifname @bridges ct status dnat ${accept(ENTERING_MARK)}`,
    `meta nfproto ipv4 oifname @open4 iifname != @bridges ${accept(ENTERING_MARK)}`,
    `meta nfproto ipv6 oifname @open6 iifname != @bridges ${accept(ENTERING_MARK)}`,
    `oifname @routed4 ${transport} ip daddr . meta l4proto . th dport @direct4 ${accept(ENTERING_MARK)}`,
    `oifname @routed6 ${transport} ip6 daddr . meta l4proto . th dport @direct6 ${accept(ENTERING_MARK)}`,
    // ICMP is needed for path MTU discovery.
    `oifname @routed4 meta l4proto icmp ${accept(ENTERING_MARK)}`,
    // nft reads "ipv6-icmp" from /etc/protocols, which a minimal system lacks; "icmpv6" is an nft keyword.
    `oifname @routed6 meta l4proto icmpv6 ${accept(ENTERING_MARK)}`,
    "oifname @bridges drop",
    // Docker's own rules decide on traffic to its networks.
    'oifname "docker0" accept',
    'oifname "br-*" accept',
    accept(PASSING_MARK),
  ],
};

/** The chains whose rules are Berth's. */
export const ownChains: readonly string[] = [
  "guard",
  "publish",
  "prerouting",
  "output",
  "postrouting",
  "traffic",
  "forward",
];

/** The number of their rules. */
export const ownRuleCount: number = ownChains.reduce((count, name) => count + rulesOf(name).length, 0);

/**
 * Creates or updates the table in one transaction. Keeps elements and the administrator's rules.
 * @param userRules the administrator's rules, to be restored after they were lost
 */
export function rulesetText(table: string, userRules: readonly string[] = []): string {
  const sets = setNames.map((name) => `  ${isMap(name) ? "map" : "set"} ${name} { ${setTypes[name]}; }`);
  const heads = ownChains.map((name) => `  chain ${name} { ${hookOf(name)} }`);
  const flushes = ownChains.map((name) => `flush chain inet ${table} ${name}`);
  return [
    `table inet ${table} {`,
    ...sets,
    ...chainText(USER_CHAIN, userRules),
    ...heads,
    "}",
    ...flushes,
    `table inet ${table} {`,
    ...ownChains.flatMap((name) => chainText(name, rulesOf(name))),
    "}",
    "",
  ].join("\n");
}

function chainText(name: string, rules: readonly string[]): string[] {
  return [`  chain ${name} {`, ...rules.map((rule) => `    ${rule}`), "  }"];
}

function hookOf(chain: string): string {
  return (chains[chain] ?? []).find(isHook) ?? "";
}

function rulesOf(chain: string): string[] {
  return (chains[chain] ?? []).filter((line) => !isHook(line));
}

/**
 * The table of the engine with this default bridge; several engines on a host have one each, so no two bridges share a
 * name: a character that nft does not take is written as a dot and two hexadecimal digits for each of its bytes.
 */
export function tableName(bridge: string): string {
  const escaped = (character: string): string => Buffer.from(character).toString("hex").replaceAll(/../g, ".$&");
  return bridge === "berth0" ? "berth" : `berth_${bridge.replaceAll(/[^A-Za-z0-9_-]/gu, escaped)}`;
}

/** The name that earlier versions gave to the table, where it differs. */
export function formerTableName(bridge: string): string | undefined {
  const former = `berth_${bridge.replaceAll(/[^A-Za-z0-9_]/g, "_")}`;
  return bridge === "berth0" || former === tableName(bridge) ? undefined : former;
}
