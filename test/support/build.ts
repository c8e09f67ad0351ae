// Builds through the API, with contexts defined in a test.
import { archiveOf, type Entry } from "./archive.ts";
import type { TestDaemon } from "./daemon.ts";
import { type ProgressLine, progressLines } from "./progress-lines.ts";

/** Files by their paths, or the entries of the context's archive one by one. */
export type Files = Record<string, string | Uint8Array> | readonly Entry[];

export interface BuildOptions {
  /** Parameters; a list is sent as several. */
  query?: Record<string, string | readonly string[]>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface BuildOutcome {
  status: number;
  lines: ProgressLine[];
  /** The text of the stream. */
  output: string;
  /** The error message from any part of the response; "" for none. */
  error: string;
  /** The image's ID; "" without one. */
  id: string;
}

export async function build(daemon: TestDaemon, files: Files, options: BuildOptions = {}): Promise<BuildOutcome> {
  const answer = await sendBuild(daemon, contextOf(files), options);
  const { status } = answer;
  const lines = await progressLines(answer);
  const output = lines.map(({ stream = "" }) => stream).join("");
  const error = lines.find((line) => line.error !== undefined)?.error ?? "";
  const id = lines.findLast(({ aux }) => aux !== undefined)?.aux?.ID ?? "";
  return { status, lines, output, error, id };
}

/** The same for a build that must succeed. @returns the image's ID */
export async function mustBuild(daemon: TestDaemon, files: Files, options: BuildOptions = {}): Promise<string> {
  const { error, id, output } = await build(daemon, files, options);
  if (error !== "" || id === "") throw new Error(`${error || "no image"}\n${output}`);
  return id;
}

/** Sends a context's archive; the response's body is the stream. */
export function sendBuild(daemon: TestDaemon, context: Uint8Array, options: BuildOptions = {}): Promise<Response> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    for (const each of typeof value === "string" ? [value] : value) query.append(name, each);
  }
  return fetch(`http://localhost/build?${query}`, {
    unix: daemon.socket,
    method: "POST",
    body: context,
    headers: { "Content-Type": "application/x-tar", ...options.headers },
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

export function contextOf(files: Files): Uint8Array {
  const entries: readonly Entry[] = isList(files)
    ? files
    : Object.entries(files).map(([name, content]) => ({ name, content }));
  return archiveOf(entries);
}

function isList(files: Files): files is readonly Entry[] {
  return Array.isArray(files);
}

/** The output of a command in a container of the image. */
export async function inImage(daemon: TestDaemon, image: string, command: string): Promise<string> {
  const { code, stdout, stderr } = await daemon.docker(["run", "--rm", "--entrypoint", "sh", image, "-c", command]);
  if (code !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
}

/** The commands that created an image, the last one first. */
export async function historyOf(daemon: TestDaemon, image: string): Promise<string[]> {
  const entries = await daemon.call("GET", `/images/${image}/history`);
  return Array.isArray(entries) ? entries.map((entry) => String(entry.CreatedBy)) : [];
}
