// Lists skipped tests with reasons, from the JUnit report and the requirements recorded by test files.

export interface Skipped {
  file: string;
  /** Names of the tests. */
  tests: string[];
  /** Missing requirements; empty when the file did not record any. */
  requirements: string[];
}

/**
 * @param report JUnit XML written by Bun
 * @param missing one line per missing requirement: file, tab, requirement
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
