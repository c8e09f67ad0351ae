// Checks the documents: links resolve, named files exist, the index lists every decision, and the API page lists every
// route.
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** All problems in the Markdown files below `directory`. */
export async function documentsReport(directory: string): Promise<string[]> {
  const files = [...new Bun.Glob("{*.md,docs/**/*.md}").scanSync({ cwd: directory })].sort();
  const complaints: string[] = [];
  for (const file of files) {
    const text = await Bun.file(join(directory, file)).text();
    for (const target of linksOf(text)) {
      if (!existsSync(join(directory, dirname(file), target))) complaints.push(`${file}: nothing is at ${target}`);
    }
    // Entries about earlier releases name files of that time.
    for (const path of file === "CHANGELOG.md" ? [] : namedFilesOf(text)) {
      if (!existsSync(join(directory, path))) complaints.push(`${file}: there is no ${path}`);
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

/** Server routes missing from docs/api.md. */
async function unlistedRoutes(directory: string): Promise<string[]> {
  const page = await Bun.file(join(directory, "docs/api.md")).text();
  const unlisted = (await routesOf(directory)).filter((route) => !page.includes(`\`${route}\``));
  return unlisted.map((route) => `docs/api.md: ${route} is missing`);
}

/**
 * The server's routes, as "GET /images/{name}/json", except those of unsupported features, which are described as
 * groups.
 */
export async function routesOf(directory: string): Promise<string[]> {
  const files = [...new Bun.Glob("src/server/routes/*.ts").scanSync({ cwd: directory })];
  const sources = await Promise.all(
    files.filter((file) => !file.endsWith("absent-features.ts")).map((file) => Bun.file(join(directory, file)).text()),
  );
  return sources.flatMap((source) =>
    [...source.matchAll(/method: "([A-Z]+)",\s*pattern: "([^"]+)"/g)].map(
      ([, method, pattern = ""]) => `${method} ${pattern.replace(":*}", "}")}`,
    ),
  );
}

/** Files and folders of the repository that the text names in code spans, by their path from its root. */
export function namedFilesOf(markdown: string): string[] {
  const folders = "src|test|scripts|docs|packaging|bench|examples";
  const spans = markdown.matchAll(new RegExp(`\`((?:${folders})/[\\w./-]*)\``, "g"));
  return [...spans].map(([, path = ""]) => path);
}

/** Targets of links within the repository, without fragments. */
export function linksOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target.replace(/#.*$/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}
