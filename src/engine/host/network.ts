// Checks nftables, forwarding, and other firewalls that drop container traffic.
import { existsSync, readFileSync } from "node:fs";
import type { HostFacts } from "../../runtime/spec/host.ts";
import type { EngineConfig } from "../config.ts";
import { error, type HostFinding, warning } from "./finding.ts";

/** Busy machines may take many seconds while booting. */
const NFT_DEADLINE = 30_000;

export function packetFilter(_host: HostFacts, config: EngineConfig): (HostFinding | undefined)[] {
  const nft = Bun.which("nft");
  if (nft === null) return [];
  const { exitCode, stdout, stderr } = Bun.spawnSync([nft, "list", "chains"], {
    env: process.env,
    timeout: NFT_DEADLINE,
    killSignal: "SIGKILL",
  });
  if (exitCode === 0) return foreignDrops(stdout.toString(), config.bridge);
  return [
    error(
      `nftables does not work (${stderr.toString().trim().split("\n")[0] ?? ""})`,
      "only the networks host and none work",
      "boot a kernel with CONFIG_NF_TABLES, or load its modules: modprobe nf_tables",
    ),
  ];
}

/**
 * Foreign chains with a drop policy, which accept rules in Berth's own table cannot override.
 * @param chains the output of `nft list chains`
 */
export function foreignDrops(chains: string, bridge: string): HostFinding[] {
  const findings: HostFinding[] = [];
  let table = "";
  let chain = "";
  for (const line of chains.split("\n")) {
    table = /^table (\S+ \S+)/.exec(line)?.[1] ?? table;
    chain = /^\s+chain (\S+)/.exec(line)?.[1] ?? chain;
    if (!/hook forward .*policy drop/.test(line) || /^\S+ berth/.test(table)) continue;
    findings.push(
      warning(
        `another firewall drops forwarded packets (table ${table}, chain ${chain})`,
        "containers may reach neither each other's networks nor the outside",
        `nft insert rule ${table} ${chain} iifname "${bridge}" accept; nft insert rule ${table} ${chain} oifname "${bridge}" accept`,
      ),
    );
  }
  return findings;
}

export function forwarding(_host: HostFacts, config: EngineConfig): (HostFinding | undefined)[] {
  const path = "/proc/sys/net/ipv4/ip_forward";
  if (config.ipForward || (existsSync(path) && readFileSync(path, "utf8").trim() === "1")) return [];
  return [warning("IPv4 forwarding is disabled", "containers reach only this host", "sysctl -w net.ipv4.ip_forward=1")];
}
