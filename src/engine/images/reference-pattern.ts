// The `reference` filter: a shell pattern for image names, with or without tag.
import { pathPattern } from "../../storage/path-pattern.ts";
import type { Filters } from "../filters.ts";
import { splitDigest, splitTag } from "./names.ts";

/**
 * Whether the familiar name matches; every name does without a filter.
 * @throws BerthError invalidParameter for an invalid pattern
 */
export function matchesReference(filters: Filters, name: string): boolean {
  if (!filters.has("reference")) return true;
  const repository = name.includes("@") ? splitDigest(name).repository : splitTag(name).repository;
  return filters.values("reference").some((pattern) => {
    const expression = pathPattern(pattern);
    return expression.test(name) || expression.test(repository);
  });
}
