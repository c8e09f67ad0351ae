// The directive `# check=skip=A,B;error=true;experimental=all`, and the build argument of the same form.
import { BerthError } from "../../api/errors.ts";
import type { LintRule } from "./rules.ts";

type Names = "all" | readonly string[];

export interface LintOptions {
  skip: Names;
  experimental: Names;
  /** Whether warnings fail the build. */
  isError: boolean;
}

const NAMES = /\s*,\s*/;

/** @throws BerthError invalidParameter */
export function parseLintOptions(text: string): LintOptions {
  const options: LintOptions = { skip: [], experimental: [], isError: false };
  for (const part of text.trim() === "" ? [] : text.split(";")) {
    const [, key = "", value = ""] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(part) ?? [];
    const names = value === "all" ? "all" : value.split(NAMES);
    if (key === "skip") options.skip = names;
    else if (key === "experimental") options.experimental = names;
    else if (key === "error" && /^(?:1|t|true|0|f|false)$/i.test(value)) options.isError = /^(?:1|t)/i.test(value);
    else throw new BerthError("invalidParameter", `invalid check option ${JSON.stringify(key === "" ? part : key)}`);
  }
  return options;
}

const INLINE = /^check\s*=\s*(\S+)/i;

/** With what a comment right above an instruction adds for it: "# check=skip=A". An invalid one is ignored. */
export function withComments(options: LintOptions, comments: readonly string[]): LintOptions {
  const text = comments.flatMap((comment) => INLINE.exec(comment)?.[1] ?? [])[0];
  if (text === undefined) return options;
  try {
    const { skip, experimental } = parseLintOptions(text);
    return {
      ...options,
      skip: merged(options.skip, skip),
      experimental: merged(options.experimental, experimental),
    };
  } catch {
    return options;
  }
}

const merged = (one: Names, other: Names): Names => (one === "all" || other === "all" ? "all" : [...one, ...other]);

export function appliesTo({ skip, experimental }: LintOptions, { name, isExperimental = false }: LintRule): boolean {
  if (isExperimental) return experimental === "all" || experimental.includes(name);
  return skip !== "all" && !skip.includes(name);
}
