// Maps a value of the merged model to its file, line and column.
import { ComposeError } from "./compose-error.ts";
import type { Path } from "./value.ts";
import type { YamlDocument } from "./yaml.ts";

export class Origins {
  readonly #documents: { file: string; locate: YamlDocument["locate"] }[] = [];

  add(file: string, documents: readonly YamlDocument[]): void {
    for (const { locate } of documents) this.#documents.push({ file, locate });
  }

  /** "file:line:column"; the latest of the files with the longest match of the path. */
  place(path: Path): string | undefined {
    let best: { place: string; depth: number } | undefined;
    for (const { file, locate } of this.#documents.toReversed()) {
      const { place, depth } = locate(path);
      if (!best || depth > best.depth) best = { place: `${file}:${place}`, depth };
    }
    return best?.place;
  }

  /** The same error with its location as prefix, or after `verb`: "validating compose.yaml:3:5: …". */
  located(thrown: unknown, verb?: string): unknown {
    if (!(thrown instanceof ComposeError) || thrown.path === undefined) return thrown;
    const place = this.place(thrown.path);
    if (place === undefined) return thrown;
    return new ComposeError(`${verb === undefined ? "" : `${verb} `}${place}: ${thrown.message}`);
  }
}
