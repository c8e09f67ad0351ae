// The `reference` filter: a shell pattern over an image's name, with or without its tag.
import { BerthError } from "../../api/errors.ts";
import type { Filters } from "../filters.ts";
import { splitDigest, splitTag } from "./names.ts";

/**
 * Whether `name`, as people write it, is asked for; every name is when nothing is.
 * @throws BerthError invalidParameter for what is no pattern
 */
export function matchesReference(filters: Filters, name: string): boolean {
  if (!filters.has("reference")) return true;
  const repository = name.includes("@") ? splitDigest(name).repository : splitTag(name).repository;
  return filters.values("reference").some((pattern) => {
    const expression = globExpression(pattern);
    return expression.test(name) || expression.test(repository);
  });
}

/**
 * A pattern as Go's path.Match reads it: "*" and "?" stop at slashes, "[a-z]" is a class, a backslash quotes.
 * @throws BerthError invalidParameter
 */
function globExpression(pattern: string): RegExp {
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else if (character === "[") {
      const end = pattern.indexOf("]", index + 1);
      if (end === -1) throw malformed();
      source += `[${pattern.slice(index + 1, end).replaceAll("\\", "\\\\")}]`;
      index = end;
    } else {
      if (character === "\\") index += 1;
      source += pattern.charAt(index).replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    }
  }
  try {
    return new RegExp(`^${source}$`);
  } catch {
    throw malformed();
  }
}

const malformed = (): BerthError => new BerthError("invalidParameter", "syntax error in pattern");
