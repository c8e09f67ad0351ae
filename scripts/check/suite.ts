// Runs one test folder with Bun and counts the results in its JUnit report.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../setup/program.ts";
import { type Skipped, skippedOf } from "./skipped.ts";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The counts, and which tests were skipped. */
export interface Outcome extends Counts {
  skippedTests: readonly Skipped[];
  /** Process ID of the suite, which has exited. */
  pid: number | undefined;
}

export const none: Counts = { passed: 0, failed: 0, skipped: 0 };

export const add = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

export interface SuiteOptions {
  /** Time limit of the folder in milliseconds. */
  deadline: number;
  env?: Record<string, string>;
}

/** Runs the tests of test/<name> and shows their output live. */
export async function runSuite(name: string, options: SuiteOptions): Promise<Outcome> {
  const folder = join("test", name);
  if (!hasTests(folder)) return { ...none, skippedTests: [], pid: undefined };
  const report = join(repository, "dist", "reports", `${name}.xml`);
  mkdirSync(join(repository, "dist", "reports"), { recursive: true });
  const requirements = join(repository, "dist", "reports", `${name}.requirements`);
  rmSync(report, { force: true });
  writeFileSync(requirements, "");
  const child = Bun.spawn(
    [
      process.execPath,
      "test",
      `./${folder}`,
      "--timeout=120000",
      "--only-failures",
      "--reporter=junit",
      `--reporter-outfile=${report}`,
    ],
    {
      cwd: repository,
      env: { ...process.env, ...options.env, BERTH_TEST_REQUIREMENTS: requirements },
      stdio: ["ignore", "inherit", "inherit"],
      timeout: options.deadline,
      killSignal: "SIGKILL",
    },
  );
  const code = await child.exited;
  const text = existsSync(report) ? readFileSync(report, "utf8") : "";
  const counts = countsOf(text);
  const skippedTests = skippedOf(text, readFileSync(requirements, "utf8"));
  // The report omits files that fail to load, and interrupted runs.
  const unreported = code !== 0 && counts.failed === 0 ? 1 : 0;
  return { ...counts, failed: counts.failed + unreported, skippedTests, pid: child.pid };
}

/** The totals on the root element of Bun's JUnit report. */
export function countsOf(report: string): Counts {
  const root = /<testsuites\b[^>]*>/.exec(report)?.[0] ?? "";
  const attribute = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(root)?.[1] ?? 0);
  const failed = attribute("failures") + attribute("errors");
  const skipped = attribute("skipped");
  return { passed: attribute("tests") - failed - skipped, failed, skipped };
}

function hasTests(folder: string): boolean {
  const found = new Bun.Glob(`${folder}/**/*.test.ts`).scanSync({ cwd: repository }).next();
  return found.done !== true;
}
