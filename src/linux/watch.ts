// Watches files for changes.
import { watch } from "node:fs";

/** Bun drops an event that follows an equal one, of the same file, within two milliseconds. */
const DROPPING_MILLISECONDS = 3;

export interface FileWatch {
  close(): void;
}

/**
 * Watches the file, or the entries of the directory, at `path`. `onChange` is called after every change, once or twice; one
 * call may report several changes.
 * @throws Error of the system, for example when `path` does not exist
 */
export function watchChanges(path: string, onChange: () => void): FileWatch {
  let timer: Timer | undefined;
  const watcher = watch(path, () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, DROPPING_MILLISECONDS);
    onChange();
  });
  return {
    close: () => {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
