// Parts of the answers to `--call`, in the forms of BuildKit's subrequests.
import type { Instruction } from "../../../dockerfile/instruction.ts";
import type { SubrequestAnswer } from "../solve-request.ts";

const VERSION = "1.0.0";

export const answer = (result: object, text: string): SubrequestAnswer => ({
  metadata: { "result.json": JSON.stringify(result, null, 2), "result.txt": text, version: VERSION },
});

/** The comment "# name description" above a definition. */
export function descriptionOf({ comments }: Pick<Instruction, "comments">, name: string): string {
  const comment = name === "" ? undefined : comments.find((line) => line.startsWith(`${name} `));
  return comment?.slice(name.length + 1) ?? "";
}

export const described = (description: string) => (description === "" ? {} : { description });

export const list = (name: string, entries: readonly object[]) => (entries.length === 0 ? {} : { [name]: entries });

/** Pads columns to their longest entry. @param gap between columns */
export function table(rows: readonly (readonly string[])[], gap: number): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  const line = (row: readonly string[]): string =>
    row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd((widths[index] ?? 0) + gap))).join("");
  return rows.map((row) => `${line(row)}\n`).join("");
}
