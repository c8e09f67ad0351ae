// Caches compiled seccomp profiles: the OCI runtime would compile the profile for every container, which takes longer than
// all the rest of its work.
import type { Log } from "../../api/log.ts";
import { compileFilter, type FilterRule } from "../../linux/libseccomp.ts";
import type { OciSeccomp, OciSeccompRule } from "../spec/types.ts";

/** crun takes the program from here, in base64, instead of the profile. Source: crun(1). */
export const SECCOMP_PROGRAM_ANNOTATION = "run.oci.seccomp_bpf_data";

const EPERM = 1;

/** The kernel's codes of actions; those with an errno in their low bits are added to. Source: linux/seccomp.h. */
const actions: Record<string, number> = {
  SCMP_ACT_KILL: 0x00000000,
  SCMP_ACT_KILL_THREAD: 0x00000000,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_ERRNO: 0x00050000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};
const actionsWithErrno = ["SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"];

const operators: Record<string, number> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
};

/** Compiled programs by profile. Few profiles are in use at a time; the cache is cleared when it grows too large. */
const KEPT_PROGRAMS = 64;

export class SeccompPrograms {
  private readonly programs = new Map<string, string | undefined>();
  private readonly log: Log;

  constructor(log: Log) {
    this.log = log;
  }

  /**
   * The program in base64; undefined when the OCI runtime must compile the profile: it needs a listener or flags, libseccomp
   * is missing, or libseccomp rejects the profile (the runtime then reports why).
   */
  programOf(profile: OciSeccomp): string | undefined {
    if (profile.listenerPath !== undefined || profile.flags?.length) return undefined;
    const key = JSON.stringify(profile);
    if (this.programs.size >= KEPT_PROGRAMS && !this.programs.has(key)) this.programs.clear();
    if (!this.programs.has(key)) this.programs.set(key, this.compile(profile));
    return this.programs.get(key);
  }

  private compile(profile: OciSeccomp): string | undefined {
    try {
      const program = compileFilter({
        defaultAction: actionOf(profile.defaultAction, profile.defaultErrnoRet),
        architectures: (profile.architectures ?? []).map((name) => name.replace("SCMP_ARCH_", "").toLowerCase()),
        rules: profile.syscalls.flatMap((rule) => rulesOf(rule, profile)),
      });
      return Buffer.from(program).toString("base64");
    } catch (thrown) {
      this.log.debug("leaving a seccomp profile to the OCI runtime", { reason: String(thrown) });
      return undefined;
    }
  }
}

function actionOf(name: string, errno = EPERM): number {
  const action = actions[name];
  if (action === undefined) throw new Error(`the seccomp action ${name} is not one that can be compiled`);
  return actionsWithErrno.includes(name) ? action + errno : action;
}

/** Omits rules with the default action, because libseccomp rejects them. */
function rulesOf(rule: OciSeccompRule, profile: OciSeccomp): FilterRule[] {
  const action = actionOf(rule.action, rule.errnoRet);
  if (action === actionOf(profile.defaultAction, profile.defaultErrnoRet)) return [];
  const comparisons = (rule.args ?? []).map(({ index, value, valueTwo, op }) => {
    const operator = operators[op];
    if (operator === undefined) throw new Error(`the seccomp operator ${op} is not known`);
    return { argument: index, operator, value: BigInt(value), valueTwo: BigInt(valueTwo ?? 0) };
  });
  return rule.names.map((syscall) => ({ syscall, action, comparisons }));
}
