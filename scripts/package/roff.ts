// Writes manual pages in the macros of man(7).

export interface ManualPage {
  /** The page's file name without section: "berth-run". */
  name: string;
  section: 1 | 5 | 7 | 8;
  /** One line for `apropos`. */
  summary: string;
  /** Another page of the section, of which this one is an alias. */
  sameAs?: string;
  sections: readonly ManualSection[];
}

export interface ManualSection {
  title: string;
  blocks: readonly Block[];
}

export type Block =
  | { kind: "paragraph"; text: string }
  /** Preformatted lines. */
  | { kind: "verbatim"; text: string }
  /** A term in bold and its description. */
  | { kind: "entry"; term: string; text: string }
  /** References to other pages. */
  | { kind: "references"; pages: readonly { name: string; section: number }[] };

/** @param date the page's date as YYYY-MM-DD */
export function roffOf(page: ManualPage, version: string, date: string): string {
  if (page.sameAs !== undefined) return `.so man${page.section}/${page.sameAs}.${page.section}\n`;
  const title = page.name.toUpperCase();
  const lines = [
    `.TH "${quoted(title)}" "${page.section}" "${date}" "Berth ${quoted(version)}" "Berth Manual"`,
    ".nh",
    ".ad l",
    ".SH NAME",
    `${escaped(page.name)} \\- ${escaped(page.summary)}`,
  ];
  for (const { title, blocks } of page.sections) {
    lines.push(`.SH ${escaped(title)}`);
    for (const block of blocks) lines.push(...blockLines(block));
  }
  return `${lines.join("\n")}\n`;
}

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case "paragraph":
      return [".PP", ...textLines(block.text)];
    case "verbatim":
      return [".PP", ".nf", ...block.text.trimEnd().split("\n").map(escapedLine), ".fi"];
    case "entry":
      return [".TP", `\\fB${escaped(block.term)}\\fR`, ...textLines(block.text)];
    case "references":
      return [".PP", block.pages.map(({ name, section }) => `\\fB${escaped(name)}\\fR(${section})`).join(",\n")];
  }
}

const textLines = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map(escapedLine);

/** Escapes a dot or a quote at the start of a line, which would start a request. */
const escapedLine = (line: string): string => escaped(line).replace(/^[.']/, "\\&$&");

const escaped = (text: string): string => text.replaceAll("\\", "\\e").replaceAll("-", "\\-");

const quoted = (text: string): string => escaped(text).replaceAll('"', "\\(dq");
