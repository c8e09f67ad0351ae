// Interleaves the output of several containers: each line has its container's name as prefix, aligned and coloured.
import { STDERR } from "../../../api/streams.ts";
import type { Frame } from "../../../client/index.ts";
import type { ObservedContainer } from "../../../compose/project/observed.ts";
import { type LineTarget, type PrefixedStream, prefixedStream } from "../../output/prefixed-lines.ts";
import type { Menu } from "./menu.ts";
import type { ComposeSession } from "./session.ts";

export interface LogLineOptions {
  hasColours: boolean;
  hasPrefix: boolean;
  /** Whether the containers' errors go to standard output as well. */
  mergesStreams?: boolean;
  /** Writes to the terminal instead of standard output and standard error. */
  menu?: Pick<Menu, "write"> | undefined;
}

/** "web-1": the container's name without the project prefix, or a whole `container_name`. */
export function shownContainer({ name }: ObservedContainer, project: string): string {
  return name.startsWith(`${project}-`) || name.startsWith(`${project}_`) ? name.slice(project.length + 1) : name;
}

export class LogLines {
  readonly #targets: { out: LineTarget; error: LineTarget };
  readonly #hasPrefix: boolean;
  readonly #project: string;
  readonly #streams = new Map<string, PrefixedStream>();
  #width = 0;

  constructor(
    compose: ComposeSession,
    project: string,
    { hasColours, hasPrefix, mergesStreams = false, menu }: LogLineOptions,
  ) {
    const { stdout, stderr } = compose.session;
    const { ansi } = compose.options;
    const isColoured = (terminal: boolean): boolean =>
      hasColours && (ansi === "always" || (ansi === "auto" && terminal));
    const target = (out: typeof stdout): LineTarget => ({
      isTerminal: isColoured(stdout.isTerminal),
      write: (chunk) => (menu && out.isTerminal ? menu.write(chunk) : out.write(chunk)),
    });
    this.#targets = { out: target(stdout), error: target(mergesStreams ? stdout : stderr) };
    this.#hasPrefix = hasPrefix;
    this.#project = project;
  }

  /** Sets the width of the name column before the first line. */
  expect(containers: readonly ObservedContainer[]): void {
    const widths = containers.map((container) => shownContainer(container, this.#project).length + 1);
    this.#width = Math.max(this.#width, ...widths);
  }

  async frame(container: ObservedContainer, { stream, payload }: Frame): Promise<void> {
    const out = stream === STDERR ? this.#targets.error : this.#targets.out;
    if (this.#hasPrefix) await this.#streamOf(container).write(payload, out);
    else await out.write(payload);
  }

  /** Output of a hook, with its name as prefix. */
  async hook(source: string, payload: Uint8Array): Promise<void> {
    if (this.#hasPrefix) await this.#streamNamed(source, source).write(payload, this.#targets.out);
    else await this.#targets.out.write(payload);
  }

  /** A message about the project. */
  async note(sentence: string): Promise<void> {
    await this.#targets.out.write(`${sentence}\n`);
  }

  /** A message about a container, in its column. */
  async status(container: ObservedContainer, sentence: string): Promise<void> {
    await this.#streams.get(container.name)?.end();
    await this.#targets.out.write(`${shownContainer(container, this.#project)} ${sentence}\n`);
  }

  async end(container: ObservedContainer): Promise<void> {
    await this.#streams.get(container.name)?.end();
  }

  #streamOf(container: ObservedContainer): PrefixedStream {
    return this.#streamNamed(container.name, shownContainer(container, this.#project));
  }

  #streamNamed(key: string, shown: string): PrefixedStream {
    const known = this.#streams.get(key);
    if (known) return known;
    const made = prefixedStream(shown, () => this.#width, this.#streams.size);
    this.#streams.set(key, made);
    return made;
  }
}
