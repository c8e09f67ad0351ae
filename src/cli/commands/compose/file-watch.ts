// Watches a file or directory that need not exist yet, and survives editors that replace files.
import { existsSync, type FSWatcher, lstatSync, watch } from "node:fs";
import { dirname, join } from "node:path";

/** The path, or its nearest ancestor that exists. */
function existingAncestor(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : existingAncestor(dirname(path));
}

export class FileWatch {
  readonly #path: string;
  readonly #notice: (file: string) => void;
  #watcher: FSWatcher | undefined;
  #watched = "";

  /** @param notice is called with the absolute path of each changed file or directory */
  constructor(path: string, notice: (file: string) => void) {
    this.#path = path;
    this.#notice = notice;
    this.#open();
  }

  close(): void {
    this.#watcher?.close();
  }

  #open(): void {
    const existing = existingAncestor(this.#path);
    this.#watched = existing;
    if (existing !== this.#path) {
      this.#watcher = watch(existing, () => this.#reopen());
    } else if (lstatSync(existing).isDirectory()) {
      this.#watcher = watch(existing, { recursive: true }, (_event, name) => {
        if (name !== null) this.#notice(join(existing, String(name)));
      });
    } else {
      // A watch on the file itself would end with the first editor that replaces it.
      this.#watcher = watch(dirname(existing), (_event, name) => {
        if (name !== null && join(dirname(existing), String(name)) === existing) this.#notice(existing);
      });
    }
  }

  /** Moves the watch to the path once that, or a nearer ancestor, exists. */
  #reopen(): void {
    if (existingAncestor(this.#path) === this.#watched) return;
    this.#watcher?.close();
    this.#open();
    if (this.#watched === this.#path) this.#notice(this.#path);
  }
}
