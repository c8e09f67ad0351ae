// The --security-opt list of a container, read once into one object.
import { BerthError } from "../../api/errors.ts";

export interface SecurityOptions {
  noNewPrivileges: boolean;
  /** Undefined: the engine's default profile; "unconfined"; "builtin"; else the profile itself as JSON. */
  seccomp?: string;
  /** Undefined: the engine's default; "unconfined" or a profile's name. */
  appArmor?: string;
  /** SELinux label parts ("type:x_t") and "disable". */
  labels: string[];
  /** systempaths=unconfined: no masked or read-only paths in /proc and /sys. */
  systemPathsUnconfined: boolean;
  /** Undefined: writable for privileged containers only. */
  writableCgroups?: boolean;
}

/**
 * Parses `--security-opt`; name and value are separated by "=" or the older ":".
 * @throws BerthError invalidParameter in Docker's words for an option unknown or malformed.
 */
export function parseSecurityOptions(options: readonly string[], noNewPrivilegesByDefault = false): SecurityOptions {
  const parsed: SecurityOptions = {
    noNewPrivileges: noNewPrivilegesByDefault,
    labels: [],
    systemPathsUnconfined: false,
  };
  for (const option of options) readOption(option, parsed);
  return parsed;
}

function readOption(option: string, parsed: SecurityOptions): void {
  if (option === "no-new-privileges") {
    parsed.noNewPrivileges = true;
    return;
  }
  if (option === "writable-cgroups") {
    parsed.writableCgroups = true;
    return;
  }
  if (option === "disable") {
    parsed.labels.push("disable");
    return;
  }
  const match = /^([^=:]+)[=:](.*)$/s.exec(option);
  if (!match) throw new BerthError("invalidParameter", `invalid --security-opt 1: "${option}"`);
  const [, name = "", value = ""] = match;
  switch (name) {
    case "label":
      parsed.labels.push(value);
      return;
    case "apparmor":
      parsed.appArmor = value;
      return;
    case "seccomp":
      parsed.seccomp = value;
      return;
    case "no-new-privileges":
      parsed.noNewPrivileges = booleanOf(value, option);
      return;
    case "writable-cgroups":
      parsed.writableCgroups = booleanOf(value, option);
      return;
    case "systempaths":
      if (value !== "unconfined") throw new BerthError("invalidParameter", `invalid --security-opt 2: "${option}"`);
      parsed.systemPathsUnconfined = true;
      return;
    default:
      throw new BerthError("invalidParameter", `invalid --security-opt 2: "${option}"`);
  }
}

function booleanOf(value: string, option: string): boolean {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(value)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(value)) return false;
  throw new BerthError("invalidParameter", `invalid --security-opt 2: "${option}"`);
}
