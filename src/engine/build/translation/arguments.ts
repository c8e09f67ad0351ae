// Build arguments: given by the client, declared by `ARG`, or predefined.

import { formatPlatform, hostPlatform, type Platform } from "../../../api/platforms.ts";

import type { Dockerfile } from "../../../dockerfile/dockerfile.ts";
import { expand } from "../../../dockerfile/variables.ts";
import type { BuildArguments } from "../solve-request.ts";

/** Usable without `ARG`, and excluded from the history. Source: Dockerfile reference, "Predefined ARGs". */
const PREDEFINED: ReadonlySet<string> = new Set(
  ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]),
);

/** Arguments declared before the first stage. */
export class GlobalArguments {
  private readonly given: BuildArguments;
  private readonly values = new Map<string, string>();
  /** Names with an `ARG` anywhere. */
  private readonly declared = new Set<string>();

  constructor(given: BuildArguments, target: Platform | undefined) {
    this.given = given;
    for (const [prefix, platform] of [
      ["TARGET", target ?? hostPlatform],
      ["BUILD", hostPlatform],
    ] as const) {
      this.values.set(`${prefix}PLATFORM`, formatPlatform(platform));
      this.values.set(`${prefix}OS`, platform.os);
      this.values.set(`${prefix}ARCH`, platform.architecture);
      this.values.set(`${prefix}VARIANT`, platform.variant ?? "");
    }
  }

  /** @param fallback undefined for an `ARG` without a value */
  declare(name: string, fallback: string | undefined): void {
    const value = this.givenValue(name) ?? fallback;
    if (value !== undefined) this.values.set(name, value);
    this.declared.add(name);
  }

  /** The value in a `FROM`. */
  valueOf(name: string): string | undefined {
    return this.values.get(name) ?? (PREDEFINED.has(name) ? this.givenValue(name) : undefined);
  }

  givenValue(name: string): string | undefined {
    return (Object.hasOwn(this.given, name) ? this.given[name] : undefined) ?? undefined;
  }

  /** The names that have a value. */
  names(): string[] {
    return [...this.values.keys()];
  }

  noteDeclared(name: string): void {
    this.declared.add(name);
  }

  /** Given arguments that no `ARG` declares. */
  unused(): string[] {
    return Object.keys(this.given).filter((name) => !this.declared.has(name) && !PREDEFINED.has(name));
  }
}

export class StageArguments {
  private readonly globals: GlobalArguments;
  private readonly values = new Map<string, string | undefined>();

  constructor(globals: GlobalArguments) {
    this.globals = globals;
  }

  /** @param fallback the default; without one the value from before the first stage applies */
  declare(name: string, fallback: string | undefined): void {
    this.values.set(name, this.globals.givenValue(name) ?? fallback ?? this.globals.valueOf(name));
    this.globals.noteDeclared(name);
  }

  valueOf(name: string): string | undefined {
    return this.values.get(name) ?? (PREDEFINED.has(name) ? this.globals.givenValue(name) : undefined);
  }

  /** Environment variables of a command, each "name=value". @param present names already set by ENV */
  variables(present: ReadonlySet<string>): string[] {
    return this.pairs([...new Set([...this.values.keys(), ...PREDEFINED])], present);
  }

  /** The same without predefined arguments: proxies do not affect a result. */
  recorded(present: ReadonlySet<string>): string[] {
    return this.pairs([...this.values.keys()], present).sort();
  }

  /** In the order in which they were first declared. */
  declaredNames(): string[] {
    return [...this.values.keys()];
  }

  private pairs(names: readonly string[], present: ReadonlySet<string>): string[] {
    return names
      .filter((name) => !present.has(name))
      .flatMap((name) => {
        const value = this.valueOf(name);
        return value === undefined ? [] : [`${name}=${value}`];
      });
  }
}

/** The arguments before the first stage of a Dockerfile, declared. @throws BerthError invalidParameter */
export function globalArguments(
  { globals: declared, token }: Dockerfile,
  { arguments: given, platform }: { arguments: BuildArguments; platform: Platform | undefined },
): GlobalArguments {
  const globals = new GlobalArguments(given, platform);
  const words = (text: string): string => expand(text, (name) => globals.valueOf(name), token).text;
  for (const { name, value } of declared.flatMap((instruction) => instruction.arguments)) {
    globals.declare(words(name), value === undefined ? undefined : words(value));
  }
  return globals;
}
