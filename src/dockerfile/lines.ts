// Splits a Dockerfile into parser directives, logical lines and here-documents.
import { BerthError } from "../api/errors.ts";
import { type EscapeToken, rawWords } from "./words.ts";

export interface HereDocument {
  name: string;
  /** Includes the final newline. */
  content: string;
  /** Whether variables are expanded: the delimiter is not quoted. */
  expands: boolean;
  /** "<<-": leading tabs are stripped. */
  stripsTabs: boolean;
}

export interface SourceInstruction {
  /** Without the here-documents. */
  text: string;
  /** Where it begins and ends, counted from 1; here-documents are part of it. */
  line: number;
  endLine: number;
  documents: HereDocument[];
  /** The comments right above it, without their marks. */
  comments: string[];
}

export interface SourceLines {
  token: EscapeToken;
  /** The directives `syntax` and `check`; "" for none. */
  syntax: string;
  check: string;
  instructions: SourceInstruction[];
  /** Warnings of the classic builder. */
  warnings: string[];
  /** The last lines of instructions with empty continuation lines. */
  emptyContinuations: { line: number; endLine: number }[];
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;
const DIRECTIVES = ["syntax", "escape", "check"];
const COMMENT = /^\s*#/;
const DOCUMENT_MARK = /^\d*<<(-?)(["']?)([^<>"'/\s]+)\2$/;
/** Instructions that accept here-documents. */
const TAKES_DOCUMENTS = /^\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\s/i;

/** @throws BerthError invalidParameter, in the words of Docker's parser */
export function readLines(source: string): SourceLines {
  const lines = source.replace(/^\uFEFF/, "").split(/\r?\n/);
  const { token, syntax, check, end } = readDirectives(lines);
  const continued = token === "\\" ? /\\[ \t]*$/ : /`[ \t]*$/;
  const instructions: SourceInstruction[] = [];
  const warnings: string[] = [];
  const emptyContinuations: SourceLines["emptyContinuations"] = [];
  let comments: string[] = [];
  for (let at = end; at < lines.length; ) {
    const first = lines[at] ?? "";
    const line = ++at;
    if (COMMENT.test(first)) {
      const comment = first.replace(COMMENT, "").trim();
      comments = comment === "" ? [] : [...comments, comment];
    }
    if (COMMENT.test(first) || first.trim() === "") continue;
    let text = first.trimStart();
    let hasEmptyLine = false;
    while (continued.test(text) && at < lines.length) {
      const next = lines[at++] ?? "";
      if (COMMENT.test(next)) continue;
      if (next.trim() === "") hasEmptyLine = at < lines.length;
      else text = text.replace(continued, "") + next;
    }
    text = text.replace(continued, "").trimEnd();
    if (text === "") continue;
    if (hasEmptyLine) emptyContinuations.push({ line: at, endLine: at });
    if (hasEmptyLine) warnings.push(`[WARNING]: Empty continuation line found in:\n    ${text}`);
    const documents = marksIn(text, token).map((mark) => {
      const document = readDocument(lines, at, mark, line);
      at = document.end;
      return { ...mark, content: document.content };
    });
    instructions.push({ text, line, endLine: at, documents, comments });
    comments = [];
  }
  if (warnings.length > 0) {
    warnings.push("[WARNING]: Empty continuation lines will become errors in a future release.");
  }
  return { token, syntax, check, instructions, warnings, emptyContinuations };
}

/** Directives are comments at the start of the file. */
function readDirectives(lines: readonly string[]): Pick<SourceLines, "token" | "syntax" | "check"> & { end: number } {
  const seen = new Map<string, string>();
  let end = 0;
  for (; end < lines.length; end++) {
    const [, name = "", value = ""] = DIRECTIVE.exec((lines[end] ?? "").trimStart()) ?? [];
    const key = name.toLowerCase();
    if (!DIRECTIVES.includes(key)) break;
    if (seen.has(key)) throw new DockerfileSyntaxError(end + 1, `only one ${key} parser directive can be used`);
    seen.set(key, value);
  }
  const token = seen.get("escape") ?? "\\";
  const [syntax = "", check = ""] = [seen.get("syntax"), seen.get("check")];
  if (token === "\\" || token === "`") return { token, syntax, check, end };
  throw new DockerfileSyntaxError(end, `invalid escape token '${token}' does not match \` or \\`);
}

function marksIn(text: string, token: EscapeToken): Omit<HereDocument, "content">[] {
  if (!TAKES_DOCUMENTS.test(text) || !text.includes("<<")) return [];
  return rawWords(text, token).flatMap((word) => {
    const [, dash, quote, name] = DOCUMENT_MARK.exec(word) ?? [];
    return name === undefined ? [] : [{ name, expands: quote === "", stripsTabs: dash === "-" }];
  });
}

/** The delimiter of a here-document word ("<<EOF"), if it is one. */
export function documentName(word: string): string | undefined {
  return DOCUMENT_MARK.exec(word)?.[3];
}

function readDocument(
  lines: readonly string[],
  start: number,
  { name, stripsTabs }: Omit<HereDocument, "content">,
  line: number,
): { content: string; end: number } {
  let content = "";
  for (let at = start; at < lines.length; at++) {
    const text = stripsTabs ? (lines[at] ?? "").replace(/^\t+/, "") : (lines[at] ?? "");
    if (text === name) return { content, end: at + 1 };
    content += `${text}\n`;
  }
  throw new DockerfileSyntaxError(line, "unterminated heredoc", lines.length);
}

/** An error in the lines of an instruction, counted from 1. */
export class DockerfileError extends BerthError {
  readonly line: number;
  readonly endLine: number;

  constructor(line: number, message: string, endLine = line) {
    super("invalidParameter", message);
    this.line = line;
    this.endLine = endLine;
  }
}

/** A file that cannot be split into instructions and their words. */
export class DockerfileSyntaxError extends DockerfileError {}

/** An invalid instruction. */
export class DockerfileParseError extends DockerfileError {
  constructor(line: number, reason: string, endLine?: number) {
    super(line, `dockerfile parse error on line ${line}: ${reason}`, endLine);
  }
}
