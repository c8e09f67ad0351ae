// `--security-opt`: reads profiles here because they are files on the client's machine.
import { readFileSync } from "node:fs";
import { CommandError } from "../failure.ts";

export interface SecurityPlan {
  options: string[];
  /** Disables masked and read-only system paths. */
  systemPathsUnconfined: boolean;
}

function seccompProfile(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new CommandError(`opening seccomp profile (${path}) failed: open ${path}: no such file or directory`);
  }
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CommandError(`compacting json for seccomp profile (${path}) failed: ${reason}`);
  }
}

/** @throws CommandError in Docker's words */
export function readSecurityOptions(given: readonly string[]): SecurityPlan {
  const plan: SecurityPlan = { options: [], systemPathsUnconfined: false };
  for (const option of given) {
    if (option === "systempaths=unconfined") {
      plan.systemPathsUnconfined = true;
      continue;
    }
    const [name = "", value] = option.split(/=(.*)/s);
    const [oldName = "", oldValue] = option.split(/:(.*)/s);
    const [key, setting] = value === undefined && oldValue !== undefined ? [oldName, oldValue] : [name, value];
    if (!setting && key !== "no-new-privileges") {
      throw new CommandError(`Invalid --security-opt: ${JSON.stringify(option)}`);
    }
    const isFile = key === "seccomp" && setting !== undefined && setting !== "unconfined" && setting !== "builtin";
    plan.options.push(isFile ? `seccomp=${seccompProfile(setting)}` : option);
  }
  return plan;
}
