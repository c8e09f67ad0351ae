// Finalizes the changelog: the unreleased section gets version and date.
import { StepError } from "../step.ts";

const UNRELEASED = "## Unreleased";

/**
 * @param date as YYYY-MM-DD
 * @returns the new text, and the released section without its heading
 * @throws StepError when nothing is unreleased
 */
export function finalizeChangelog(text: string, version: string, date: string): { text: string; notes: string } {
  const start = text.indexOf(`${UNRELEASED}\n`);
  const rest = start < 0 ? "" : text.slice(start + UNRELEASED.length + 1);
  const next = rest.search(/^## /m);
  const notes = (next < 0 ? rest : rest.slice(0, next)).trim();
  if (notes === "") throw new StepError(`CHANGELOG.md has nothing below "${UNRELEASED}"`);
  const older = next < 0 ? "" : `\n${rest.slice(next)}`;
  return { text: `${text.slice(0, start)}${UNRELEASED}\n\n## ${version} (${date})\n${notes}\n${older}`, notes };
}
