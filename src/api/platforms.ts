// Platforms in the words of images: "linux/amd64", "linux/arm/v7".
import { BerthError } from "./errors.ts";

export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
}

const architectures: Readonly<Record<string, string>> = {
  x64: "amd64",
  x86_64: "amd64",
  "x86-64": "amd64",
  aarch64: "arm64",
  arm64: "arm64",
  ia32: "386",
  i386: "386",
  i686: "386",
  armhf: "arm",
  armel: "arm",
};
const systems: ReadonlySet<string> = new Set(
  `aix android darwin dragonfly freebsd hurd illumos ios js linux macos nacl netbsd openbsd plan9 solaris windows
  zos`.split(/\s+/),
);
const otherArchitectures: ReadonlySet<string> = new Set(
  `386 amd64 amd64p32 arm arm64be armbe loong64 mips mips64 mips64le mips64p32 mips64p32le mipsle ppc ppc64 ppc64le riscv
  riscv64 s390 s390x sparc sparc64 wasm`.split(/\s+/),
);

export const normalArchitecture = (name: string): string => architectures[name.toLowerCase()] ?? name.toLowerCase();

/** What this host runs. */
export const hostPlatform: Platform = { os: "linux", architecture: normalArchitecture(process.arch) };

const PART = /^[A-Za-z0-9_.-]+$/;
/** With the version that only Windows has; it is passed over. */
const SYSTEM = /^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.-]*)\))?$/;

const invalid = (why: string): BerthError => new BerthError("invalidParameter", `${why}: invalid argument`);
/** An expression as Go quotes it. */
const quoted = ({ source }: RegExp): string => JSON.stringify(source);

/** Reads "os[/architecture[/variant]]"; missing parts are the host's. @throws BerthError invalidParameter */
export function parsePlatform(text: string): Platform {
  const whole = JSON.stringify(text);
  if (text.includes("*")) throw invalid(`${whole}: wildcards not yet supported`);
  const [first = "", ...parts] = text.split("/");
  if (parts.length > 2) throw invalid(`${whole}: cannot parse platform specifier`);
  const system = SYSTEM.exec(first)?.[1]?.toLowerCase();
  if (system === undefined) {
    const rule = `OSAndVersion specifier component must match ${quoted(SYSTEM)}`;
    throw invalid(`${JSON.stringify(first)} is an invalid OS component of ${whole}: ${rule}`);
  }
  const wrong = parts.find((part) => !PART.test(part));
  if (wrong !== undefined) {
    const rule = `platform specifier component must match ${quoted(PART)}`;
    throw invalid(`${JSON.stringify(wrong)} is an invalid component of ${whole}: ${rule}`);
  }
  const [architecture, variant] = parts;
  if (architecture === undefined) return platformOf(system, whole);
  return {
    os: system,
    architecture: normalArchitecture(architecture),
    ...(variant === undefined ? {} : { variant: variant.toLowerCase() }),
  };
}

/** From one word, which may be a system or an architecture. */
function platformOf(word: string, whole: string): Platform {
  if (systems.has(word)) return { ...hostPlatform, os: word };
  const architecture = normalArchitecture(word);
  if (word in architectures || otherArchitectures.has(word)) return { ...hostPlatform, architecture };
  throw invalid(`${whole}: unknown operating system or architecture`);
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant ? [variant] : [])].join("/");
}
