// "os[/arch[/variant]]" as Docker's command reads it, and as the API's JSON.
import { CommandError } from "./failure.ts";

const PART = "^[A-Za-z0-9_.-]+$";
const SYSTEM = "^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.-]*)\\))?$";

/** What may stand alone. */
const KNOWN: ReadonlySet<string> = new Set(
  `aix android darwin dragonfly freebsd hurd illumos ios js linux macos nacl netbsd openbsd plan9 solaris windows zos
  386 aarch64 amd64 amd64p32 arm arm64 arm64be armbe armel armhf i386 loong64 mips mips64 mips64le mips64p32 mips64p32le
  mipsle ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm x86-64 x86_64`.split(/\s+/),
);

/** What is wrong with it, in the words of Docker's library. */
function problemOf(text: string): string | undefined {
  const parts = text.split("/");
  const [system = "", ...others] = parts;
  const quote = JSON.stringify;
  if (parts.length > 3) return `${quote(text)}: cannot parse platform specifier`;
  if (!new RegExp(SYSTEM).test(system)) {
    return `${quote(system)} is an invalid OS component of ${quote(text)}: OSAndVersion specifier component must match ${quote(SYSTEM)}`;
  }
  const wrong = others.find((part) => !new RegExp(PART).test(part));
  if (wrong !== undefined) {
    return `${quote(wrong)} is an invalid component of ${quote(text)}: platform specifier component must match ${quote(PART)}`;
  }
  const isKnown = others.length > 0 || KNOWN.has(system.replace(/\(.*/, "").toLowerCase());
  return isKnown ? undefined : `${quote(text)}: unknown operating system or architecture`;
}

/** @throws CommandError whose message begins with `problem`, where there is one */
export function checkPlatform(text: string, problem = ""): void {
  const reason = text === "" ? undefined : problemOf(text);
  if (reason === undefined) return;
  throw new CommandError(`${problem === "" ? "" : `${problem}: `}${reason}: invalid argument`);
}

/** undefined for ""; otherwise the JSON of an OCI platform. @throws CommandError as {@link checkPlatform} does */
export function platformQuery(text: string, problem = ""): string | undefined {
  if (text === "") return undefined;
  checkPlatform(text, problem);
  const [os = "", architecture = "", variant] = text.toLowerCase().split("/");
  return JSON.stringify({ architecture, os, ...(variant === undefined ? {} : { variant }) });
}
