// Requirements of tests: missing ones skip tests and are listed at the end of a run.
import { appendFileSync } from "node:fs";
import { relative } from "node:path";

/**
 * For `test.skipIf` and `describe.skipIf`: whether the tests must be skipped.
 * @param requirement what the tests need, as a noun: "dockerd", "SCTP in the kernel"
 */
export function lacks(requirement: string, isPresent: boolean): boolean {
  const { BERTH_TEST_REQUIREMENTS: report } = process.env;
  if (!isPresent && report !== undefined) {
    appendFileSync(report, `${relative(process.cwd(), Bun.main)}\t${requirement}\n`);
  }
  return !isPresent;
}
