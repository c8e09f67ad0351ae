// npm run check: format, lint, types, dependency rules, the build and unit tests.
import { checks, longFiles } from "./check/checks.ts";
import { add, type Counts, none, runSuite } from "./check/suite.ts";
import { note, say, script } from "./step.ts";

/** Runs the source checks with one line each; prints the full output of those that fail. */
export async function runChecks(): Promise<Counts> {
  let counts = none;
  for (const check of checks) {
    const { code, output } = await check.run();
    if (code === 0) {
      say(`${check.name}: ok`);
      counts = add(counts, { ...none, passed: 1 });
    } else {
      say(`${check.name}: failed`);
      console.error(output.trimEnd());
      counts = add(counts, { ...none, failed: 1 });
    }
  }
  for (const file of await longFiles()) note(`long file: ${file}`);
  return counts;
}

/** The final line; the exit code reports failures, also when nothing ran. */
export function conclude(counts: Counts): void {
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}

if (import.meta.main) {
  await script(async () => {
    const source = await runChecks();
    say("unit tests");
    conclude(add(source, await runSuite("unit", { deadline: 120_000 })));
  });
}
