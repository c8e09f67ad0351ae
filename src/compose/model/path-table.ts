// Rules by path, where "*" matches any key or index: "services.*.ports". A walk over a tree advances one step in the
// table per step in the tree, so its cost does not depend on the number of rules.
import { isMapping, type Mapping, mapEntries, type Path, type Value } from "./value.ts";

export interface PathNode<Rule> {
  readonly rule: Rule | undefined;
  readonly children: ReadonlyMap<string, PathNode<Rule>>;
}

interface Draft<Rule> {
  rule: Rule | undefined;
  children: Map<string, Draft<Rule>>;
}

export function pathTable<Rule>(rules: Readonly<Record<string, Rule>>): PathNode<Rule> {
  const root: Draft<Rule> = { rule: undefined, children: new Map() };
  for (const [pattern, rule] of Object.entries(rules)) {
    let node = root;
    for (const key of pattern.split(".")) {
      const next: Draft<Rule> = node.children.get(key) ?? { rule: undefined, children: new Map() };
      node.children.set(key, next);
      node = next;
    }
    node.rule = rule;
  }
  return root;
}

/** One step down; undefined when no rule lies below. */
export function step<Rule>(node: PathNode<Rule> | undefined, key: string): PathNode<Rule> | undefined {
  return node?.children.get(key) ?? node?.children.get("*");
}

/** The node for a whole path. */
export function stepAll<Rule>(node: PathNode<Rule> | undefined, path: Path): PathNode<Rule> | undefined {
  return path.reduce<PathNode<Rule> | undefined>(step, node);
}

/**
 * The tree with every value that matches a rule replaced by the result of `apply`; does not descend into replaced
 * values.
 */
export function transform<Rule>(
  table: PathNode<Rule> | undefined,
  value: Value,
  apply: (rule: Rule, value: Value, path: Path) => Value,
  path: Path = [],
): Value {
  if (!table) return value;
  if (table.rule !== undefined) return apply(table.rule, value, path);
  const below = (entry: Value, key: string): Value => {
    const next = step(table, key);
    return next ? transform(next, entry, apply, [...path, key]) : entry;
  };
  if (isMapping(value)) return mapEntries(value, below);
  return Array.isArray(value) ? value.map((entry, index) => below(entry, String(index))) : value;
}

/** {@link transform} for a whole model. */
export function transformModel<Rule>(
  table: PathNode<Rule>,
  model: Mapping,
  apply: (rule: Rule, value: Value, path: Path) => Value,
): Mapping {
  return mapEntries(model, (entry, key) => transform(step(table, key), entry, apply, [key]));
}
