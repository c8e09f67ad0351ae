// The documents: links between them lead somewhere, the index of decisions has every decision,
// and the page about the API every route.
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Every complaint about the Markdown files below `directory`. */
export async function documentsReport(directory: string): Promise<string[]> {
  const files = [...new Bun.Glob("{*.md,docs/**/*.md}").scanSync({ cwd: directory })].sort();
  const complaints: string[] = [];
  for (const file of files) {
    const text = await Bun.file(join(directory, file)).text();
    for (const target of linksOf(text)) {
      if (!existsSync(join(directory, dirname(file), target))) complaints.push(`${file}: nothing is at ${target}`);
    }
  }
  const index = "docs/decisions/README.md";
  const listed = new Set(linksOf(await Bun.file(join(directory, index)).text()));
  for (const file of files) {
    const name = relative("docs/decisions", file);
    if (/^\d{4}-/.test(name) && !listed.has(name)) complaints.push(`${index}: ${name} is missing`);
  }
  complaints.push(...(await unlistedRoutes(directory)));
  return complaints;
}

/** Routes of the server that docs/api.md does not have; those of absent features are described there as groups. */
async function unlistedRoutes(directory: string): Promise<string[]> {
  const page = await Bun.file(join(directory, "docs/api.md")).text();
  const complaints: string[] = [];
  for (const file of new Bun.Glob("src/server/routes/*.ts").scanSync({ cwd: directory })) {
    if (file.endsWith("absent-features.ts")) continue;
    const source = await Bun.file(join(directory, file)).text();
    for (const [, method, pattern = ""] of source.matchAll(/method: "([A-Z]+)",\s*pattern: "([^"]+)"/g)) {
      const route = `${method} ${pattern.replace(":*}", "}")}`;
      if (!page.includes(`\`${route}\``)) complaints.push(`docs/api.md: ${route} is missing`);
    }
  }
  return complaints;
}

/** The targets of links that stay in the repository, without their fragments. */
export function linksOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target.replace(/#.*$/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}
