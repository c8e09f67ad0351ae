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

export function appliesTo({ skip, experimental }: LintOptions, { name, isExperimental = false }: LintRule): boolean {
  if (isExperimental) return experimental === "all" || experimental.includes(name);
  return skip !== "all" && !skip.includes(name);
}
