// The `reference` filter: a shell pattern over an image's name, with or without its tag.
import { pathPattern } from "../../storage/path-pattern.ts";
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
    const expression = pathPattern(pattern);
    return expression.test(name) || expression.test(repository);
  });
}
