// What a suite skipped and why, from its JUnit report and from what its files recorded as missing.

export interface Skipped {
  file: string;
  /** Names of the tests. */
  tests: string[];
  /** What the machine lacks for them; empty when the file does not say. */
  requirements: string[];
}

/**
 * @param report JUnit, as Bun writes it
 * @param missing a line for each missing requirement: file, tab, requirement
 */
export function skippedOf(report: string, missing: string): Skipped[] {
  const byFile = new Map<string, Skipped>();
  for (const [, attributes = ""] of report.matchAll(/<testcase\b([^>]*)>\s*<skipped\b/g)) {
    const file = attributeOf(attributes, "file");
    const entry = byFile.get(file) ?? { file, tests: [], requirements: [] };
    entry.tests.push(attributeOf(attributes, "name"));
    byFile.set(file, entry);
  }
  for (const line of new Set(missing.split("\n"))) {
    const [file = "", requirement = ""] = line.split("\t");
    byFile.get(file)?.requirements.push(requirement);
  }
  return [...byFile.values()];
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function attributeOf(attributes: string, name: string): string {
  const text = new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  return text.replace(/&(lt|gt|amp|quot|apos);/g, (_, entity: string) => entities[entity] ?? "");
}
