// Other firewalls on the host that are made with iptables. A packet must be accepted by every one of them, and Docker's,
// or one with ufw, drops what it does not know. What Berth accepted is marked; here those firewalls are told.
import { runFirewallProgram as run } from "./program.ts";
import { ENTERING_MARK, PASSING_MARK } from "./ruleset.ts";

export const IPTABLES_TABLE = "filter";
const DOCKER_CHAIN = "DOCKER-USER";
const FORWARD_CHAIN = "FORWARD";
export const NEIGHBOUR_CHAINS: readonly string[] = [DOCKER_CHAIN, FORWARD_CHAIN];

const PROGRAMS = ["iptables", "ip6tables"] as const;
const COMMENT = "berth";

/** One rule of ours among theirs. */
interface Rule {
  chain: string;
  /** In Docker's chain, which returns at its end, first; in another's, last, so that its own denials come before. */
  place: "-I" | "-A";
  mark: number;
}

export interface Arrangement {
  /** Whether a firewall decides by itself which published ports other machines reach. */
  blocked: boolean;
}

/** Adds the rules that are needed and lacking, in both families. Cheap when nobody else has rules. */
export async function arrangeWithNeighbours(): Promise<Arrangement> {
  const blocked = await Promise.all(PROGRAMS.map(arrange));
  return { blocked: blocked.includes(true) };
}

/** Takes the rules away again. */
export async function leaveNeighbours(): Promise<void> {
  await Promise.all(
    PROGRAMS.map(async (program) => {
      const present = (await listRules(program)).filter((line) => line.includes(`--comment ${COMMENT} `));
      for (const line of present) await run(program, ["-w", "-D", ...line.split(" ").slice(1)]);
    }),
  );
}

async function arrange(program: string): Promise<boolean> {
  const present = await listRules(program);
  const hasDocker = present.includes(`-N ${DOCKER_CHAIN}`);
  const dropsForwarded = present.some((line) => new RegExp(`^-P ${FORWARD_CHAIN} (DROP|REJECT)`).test(line));
  const wanted = hasDocker ? dockerRules : dropsForwarded ? hostRules : [];
  for (const rule of wanted) {
    if (!present.some((line) => isRule(line, rule)))
      await run(program, ["-w", rule.place, rule.chain, ...conditions(rule)]);
  }
  return dropsForwarded && !hasDocker;
}

/** Docker's own default must not stop Berth's containers: all that Berth accepted passes. */
const dockerRules: Rule[] = [PASSING_MARK, ENTERING_MARK].map((mark) => ({ chain: DOCKER_CHAIN, place: "-I", mark }));

/** What containers do passes; who comes in from outside is for the administrator's firewall to say. */
const hostRules: Rule[] = [{ chain: FORWARD_CHAIN, place: "-A", mark: PASSING_MARK }];

const maskOf = (mark: number): string => `0x${mark.toString(16)}/0x${mark.toString(16)}`;

function conditions({ mark }: Rule): string[] {
  return ["-m", "mark", "--mark", maskOf(mark), "-m", "comment", "--comment", COMMENT, "-j", "ACCEPT"];
}

function isRule(line: string, { chain, mark }: Rule): boolean {
  return line.startsWith(`-A ${chain} `) && line.includes(maskOf(mark)) && line.includes(`--comment ${COMMENT} `);
}

/** The filter table as `iptables -S` prints it; nothing where the program or the table is missing. */
async function listRules(program: string): Promise<string[]> {
  if (Bun.which(program) === null) return [];
  return (await run(program, ["-w", "-S"]).catch(() => "")).split("\n");
}
