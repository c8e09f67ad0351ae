// Adds Berth's packets to other firewalls on the host that use iptables. A packet must be accepted by each of them, and
// Docker's or ufw's drop unknown traffic. Berth marks what it accepts, and the rules here accept that mark.
import { runFirewallProgram as run } from "./program.ts";
import { ENTERING_MARK, PASSING_MARK } from "./ruleset.ts";

export const IPTABLES_TABLE = "filter";
const DOCKER_CHAIN = "DOCKER-USER";
const FORWARD_CHAIN = "FORWARD";
export const IPTABLES_CHAINS: readonly string[] = [DOCKER_CHAIN, FORWARD_CHAIN];

const PROGRAMS = ["iptables", "ip6tables"] as const;
const COMMENT = "berth";

/** One of Berth's rules. */
interface Rule {
  chain: string;
  /** First in Docker's chain; last in FORWARD, so that the administrator's rules come first. */
  place: "-I" | "-A";
  mark: number;
}

export interface IptablesState {
  /** Whether the host's firewall, and not Berth, decides which published ports other machines reach. */
  blocked: boolean;
}

/** Adds missing rules in both families. Cheap if there is no other firewall. */
export async function addIptablesRules(): Promise<IptablesState> {
  const blocked = await Promise.all(PROGRAMS.map(addRules));
  return { blocked: blocked.includes(true) };
}

/** Removes the rules. */
export async function removeIptablesRules(): Promise<void> {
  await Promise.all(
    PROGRAMS.map(async (program) => {
      const present = (await listRules(program)).filter((line) => line.includes(`--comment ${COMMENT} `));
      for (const line of present) await run(program, ["-w", "-D", ...line.split(" ").slice(1)]);
    }),
  );
}

async function addRules(program: string): Promise<boolean> {
  const present = await listRules(program);
  const hasDocker = present.includes(`-N ${DOCKER_CHAIN}`);
  const dropsForwarded = present.some((line) => new RegExp(`^-P ${FORWARD_CHAIN} (DROP|REJECT)`).test(line));
  const needed = hasDocker ? dockerRules : dropsForwarded ? hostRules : [];
  for (const rule of needed) {
    if (!present.some((line) => isRule(line, rule)))
      await run(program, ["-w", rule.place, rule.chain, ...conditions(rule)]);
  }
  return dropsForwarded && !hasDocker;
}

/** Docker drops forwarded packets by default; accept all that Berth accepted. */
const dockerRules: Rule[] = [PASSING_MARK, ENTERING_MARK].map((mark) => ({ chain: DOCKER_CHAIN, place: "-I", mark }));

/** Accept the traffic of containers; the administrator decides on connections from outside. */
const hostRules: Rule[] = [{ chain: FORWARD_CHAIN, place: "-A", mark: PASSING_MARK }];

const maskOf = (mark: number): string => `0x${mark.toString(16)}/0x${mark.toString(16)}`;

function conditions({ mark }: Rule): string[] {
  return ["-m", "mark", "--mark", maskOf(mark), "-m", "comment", "--comment", COMMENT, "-j", "ACCEPT"];
}

function isRule(line: string, { chain, mark }: Rule): boolean {
  return line.startsWith(`-A ${chain} `) && line.includes(maskOf(mark)) && line.includes(`--comment ${COMMENT} `);
}

/** The filter table as `iptables -S` prints it; empty without the program or the table. */
async function listRules(program: string): Promise<string[]> {
  if (Bun.which(program) === null) return [];
  return (await run(program, ["-w", "-S"]).catch(() => "")).split("\n");
}
