// Read-only mounts of programs of the host. crun otherwise mounts and re-executes itself at each start, so that no container
// can write to the program on the host (CVE-2019-5736); it skips that when it runs from a read-only mount.
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { bindMount, MNT_DETACH, MS_BIND, MS_RDONLY, MS_REMOUNT, mount, unmount } from "../linux/mount.ts";

export class ReadOnlyViews {
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /**
   * A path at which the program cannot be written to; the program's own path where the host does not allow the mount.
   * @param name distinguishes programs with the same file name
   */
  of(program: string, name: string): string {
    const directory = join(this.directory, name);
    const view = join(directory, basename(program));
    try {
      if (showsSame(view, program)) return view;
      mkdirSync(directory, { recursive: true, mode: 0o755 });
      // A mount of a program that has been upgraded since.
      unmount(view, MNT_DETACH);
      writeFileSync(view, "");
      bindMount(program, view);
      mount("none", view, "none", MS_BIND | MS_REMOUNT | MS_RDONLY);
      return view;
    } catch {
      return program;
    }
  }

  /** Unmounts all views, also those that an earlier daemon made for runtimes that are no longer configured. */
  close(): void {
    if (!existsSync(this.directory)) return;
    for (const name of readdirSync(this.directory)) {
      for (const program of readdirSync(join(this.directory, name))) {
        unmount(join(this.directory, name, program), MNT_DETACH);
      }
    }
  }
}

function showsSame(view: string, program: string): boolean {
  const seen = statSync(view, { throwIfNoEntry: false });
  const { dev, ino } = statSync(program);
  return seen?.dev === dev && seen.ino === ino;
}
