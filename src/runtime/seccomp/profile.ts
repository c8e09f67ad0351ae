// Seccomp profiles: Docker's file format (rules that depend on capabilities, architecture and kernel) made into OCI form.
// Source of the format: https://docs.docker.com/engine/security/seccomp/; a plain OCI profile is one without conditions.
import * as v from "valibot";
import { BerthError, messageOf } from "../../api/errors.ts";
import type { OciSeccomp, OciSeccompRule } from "../spec/types.ts";
import defaultProfileFile from "./default-profile.json";

const texts = v.nullish(v.array(v.string()));
const filterSchema = v.nullish(v.object({ caps: texts, arches: texts, minKernel: v.nullish(v.string()) }));

const ruleSchema = v.object({
  name: v.nullish(v.string()),
  names: texts,
  action: v.string(),
  errnoRet: v.nullish(v.number()),
  args: v.nullish(
    v.array(
      v.object({
        index: v.number(),
        value: v.number(),
        valueTwo: v.nullish(v.number()),
        op: v.string(),
      }),
    ),
  ),
  includes: filterSchema,
  excludes: filterSchema,
});
type Rule = v.InferOutput<typeof ruleSchema>;
type Filter = v.InferOutput<typeof filterSchema>;

const profileSchema = v.object({
  defaultAction: v.string(),
  defaultErrnoRet: v.nullish(v.number()),
  architectures: texts,
  archMap: v.nullish(v.array(v.object({ architecture: v.string(), subArchitectures: texts }))),
  flags: texts,
  listenerPath: v.nullish(v.string()),
  listenerMetadata: v.nullish(v.string()),
  syscalls: v.nullish(v.array(ruleSchema)),
});
export type SeccompProfile = v.InferOutput<typeof profileSchema>;

/** What the conditions of a profile are evaluated against. */
export interface SeccompSubject {
  /** The container's bounding set. */
  capabilities: readonly string[];
  /** Node's name: "x64". */
  architecture: string;
  kernel: readonly [number, number];
}

/** Maps Node's names of architectures to those of profiles: in conditions, and libseccomp's. */
const ARCHITECTURES: Readonly<Record<string, { condition: string; native: string }>> = {
  x64: { condition: "amd64", native: "SCMP_ARCH_X86_64" },
  arm64: { condition: "arm64", native: "SCMP_ARCH_AARCH64" },
  arm: { condition: "arm", native: "SCMP_ARCH_ARM" },
  ia32: { condition: "x86", native: "SCMP_ARCH_X86" },
  ppc64: { condition: "ppc64le", native: "SCMP_ARCH_PPC64LE" },
  s390x: { condition: "s390x", native: "SCMP_ARCH_S390X" },
  riscv64: { condition: "riscv64", native: "SCMP_ARCH_RISCV64" },
};

/** Berth's own profile, the default of containers. */
export const defaultSeccompProfile: SeccompProfile = v.parse(profileSchema, defaultProfileFile);

/** @throws BerthError invalidParameter in Docker's words when `text` is not a profile. */
export function parseSeccompProfile(text: string): SeccompProfile {
  let parsed: SeccompProfile;
  try {
    parsed = v.parse(profileSchema, JSON.parse(text));
  } catch (thrown) {
    throw new BerthError("invalidParameter", `Decoding seccomp profile failed: ${messageOf(thrown)}`);
  }
  if (parsed.architectures?.length && parsed.archMap?.length) {
    throw new BerthError(
      "invalidParameter",
      "both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'",
    );
  }
  return parsed;
}

/** The profile as the OCI runtime takes it: only the rules whose conditions hold for `subject`. */
export function resolveSeccompProfile(profile: SeccompProfile, subject: SeccompSubject): OciSeccomp {
  const architecture = ARCHITECTURES[subject.architecture];
  const mapped = profile.archMap?.find((entry) => entry.architecture === architecture?.native);
  const architectures = mapped ? [mapped.architecture, ...(mapped.subArchitectures ?? [])] : profile.architectures;
  const resolved: OciSeccomp = { defaultAction: profile.defaultAction, syscalls: [] };
  if (profile.defaultErrnoRet != null) resolved.defaultErrnoRet = profile.defaultErrnoRet;
  if (architectures?.length) resolved.architectures = architectures;
  if (profile.flags?.length) resolved.flags = profile.flags;
  if (profile.listenerPath) resolved.listenerPath = profile.listenerPath;
  if (profile.listenerMetadata) resolved.listenerMetadata = profile.listenerMetadata;
  resolved.syscalls = (profile.syscalls ?? [])
    .filter((rule) => applies(rule, subject, architecture?.condition ?? subject.architecture))
    .map(ociRuleOf);
  return resolved;
}

function applies(rule: Rule, subject: SeccompSubject, architecture: string): boolean {
  const { includes, excludes } = rule;
  const has = (capability: string) => subject.capabilities.includes(capability);
  if (excludes?.caps?.some(has) || excludes?.arches?.includes(architecture)) return false;
  if (excludes?.minKernel && kernelReaches(excludes, subject.kernel)) return false;
  if (includes?.caps?.some((capability) => !has(capability))) return false;
  if (includes?.arches?.length && !includes.arches.includes(architecture)) return false;
  return !includes?.minKernel || kernelReaches(includes, subject.kernel);
}

function kernelReaches(filter: NonNullable<Filter>, [major, minor]: readonly [number, number]): boolean {
  const [wantedMajor = 0, wantedMinor = 0] = (filter.minKernel ?? "").split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function ociRuleOf(rule: Rule): OciSeccompRule {
  const names = rule.name ? [rule.name, ...(rule.names ?? [])] : (rule.names ?? []);
  const resolved: OciSeccompRule = { names, action: rule.action };
  if (rule.errnoRet != null) resolved.errnoRet = rule.errnoRet;
  if (rule.args?.length) {
    resolved.args = rule.args.map(({ index, value, valueTwo, op }) => ({ index, value, valueTwo: valueTwo ?? 0, op }));
  }
  return resolved;
}
