// libseccomp by FFI: compiles seccomp rules to BPF.
// Source: seccomp.h of libseccomp 2.5.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { closeSync, readSync } from "node:fs";
import { checked, cString } from "./libc.ts";
import { openSocketPair } from "./socket-pair.ts";

/** One rule for one system call; all comparisons must hold. */
export interface FilterRule {
  syscall: string;
  action: number;
  comparisons: readonly { argument: number; operator: number; value: bigint; valueTwo: bigint }[];
}

export interface Filter {
  defaultAction: number;
  /** libseccomp's names of architectures besides the native one: "x86", "x32". */
  architectures: readonly string[];
  rules: readonly FilterRule[];
}

const ATTRIBUTE_OPTIMIZE = 8;
/** A binary tree of system call numbers instead of a list: fewer instructions for each call. */
const BINARY_TREE = 2;
const COMPARISON_LENGTH = 24;
const UNKNOWN_SYSCALL = -1;
/** The filter has the architecture already. */
const EEXIST = 17;
/** BPF_MAXINSNS instructions of 8 bytes. */
const MAX_PROGRAM_LENGTH = 4096 * 8;

function openLibrary() {
  return dlopen("libseccomp.so.2", {
    seccomp_init: { args: [FFIType.u32], returns: FFIType.ptr },
    seccomp_release: { args: [FFIType.ptr], returns: FFIType.void },
    seccomp_attr_set: { args: [FFIType.ptr, FFIType.i32, FFIType.u32], returns: FFIType.i32 },
    seccomp_arch_resolve_name: { args: [FFIType.ptr], returns: FFIType.u32 },
    seccomp_arch_add: { args: [FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
    seccomp_syscall_resolve_name: { args: [FFIType.ptr], returns: FFIType.i32 },
    seccomp_rule_add_array: {
      args: [FFIType.ptr, FFIType.u32, FFIType.i32, FFIType.u32, FFIType.ptr],
      returns: FFIType.i32,
    },
    seccomp_export_bpf: { args: [FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
  }).symbols;
}

type Library = ReturnType<typeof openLibrary>;
type Context = NonNullable<ReturnType<Library["seccomp_init"]>>;
let library: Library | undefined;

/**
 * The filter as a classic BPF program, as seccomp(2) takes it.
 * @throws if libseccomp is not installed or rejects a rule
 */
export function compileFilter(filter: Filter): Uint8Array {
  library ??= openLibrary();
  const context = library.seccomp_init(filter.defaultAction);
  if (context === null) throw new Error("libseccomp rejected the default action");
  try {
    // Older versions do not support it; the program is correct without.
    library.seccomp_attr_set(context, ATTRIBUTE_OPTIMIZE, BINARY_TREE);
    for (const name of filter.architectures) addArchitecture(library, context, name);
    for (const rule of filter.rules) addRule(library, context, rule);
    return exportProgram(library, context);
  } finally {
    library.seccomp_release(context);
  }
}

function addArchitecture(library: Library, context: Context, name: string): void {
  const token = library.seccomp_arch_resolve_name(ptr(cString(name)));
  if (token === 0) return;
  const result = library.seccomp_arch_add(context, token);
  if (result !== 0 && result !== -EEXIST) throw new Error(`libseccomp rejected the architecture ${name}: ${result}`);
}

function addRule(library: Library, context: Context, rule: FilterRule): void {
  const number = library.seccomp_syscall_resolve_name(ptr(cString(rule.syscall)));
  if (number === UNKNOWN_SYSCALL) return;
  const comparisons = new DataView(new ArrayBuffer(Math.max(1, rule.comparisons.length) * COMPARISON_LENGTH));
  for (const [index, { argument, operator, value, valueTwo }] of rule.comparisons.entries()) {
    const offset = index * COMPARISON_LENGTH;
    comparisons.setUint32(offset, argument, true);
    comparisons.setInt32(offset + 4, operator, true);
    comparisons.setBigUint64(offset + 8, value, true);
    comparisons.setBigUint64(offset + 16, valueTwo, true);
  }
  const result = library.seccomp_rule_add_array(
    context,
    rule.action,
    number,
    rule.comparisons.length,
    ptr(comparisons.buffer),
  );
  if (result !== 0) throw new Error(`libseccomp rejected the rule for ${rule.syscall}: ${result}`);
}

function exportProgram(library: Library, context: Context): Uint8Array {
  const { ours, theirs } = openSocketPair();
  try {
    checked(library.seccomp_export_bpf(context, theirs), "seccomp_export_bpf");
    const program = new Uint8Array(MAX_PROGRAM_LENGTH);
    return program.slice(0, readSync(ours, program));
  } finally {
    closeSync(ours);
    closeSync(theirs);
  }
}
