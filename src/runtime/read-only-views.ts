// Programs of the host seen through read-only mounts. crun begins by making such a mount of itself and starting again
// from there, so that no container can write to the program on the host (CVE-2019-5736); one that it finds, it keeps.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { bindMount, MNT_DETACH, MS_BIND, MS_RDONLY, MS_REMOUNT, mount, unmount } from "../linux/mount.ts";

export class ReadOnlyViews {
  private readonly directory: string;
  private readonly views = new Set<string>();

  constructor(directory: string) {
    this.directory = directory;
  }

  /**
   * A path at which the program cannot be written to; the program's own where the host does not allow the mount.
   * @param name tells programs of the same file name apart
   */
  of(program: string, name: string): string {
    const directory = join(this.directory, name);
    const view = join(directory, basename(program));
    try {
      this.views.add(view);
      if (showsSame(view, program)) return view;
      mkdirSync(directory, { recursive: true, mode: 0o755 });
      // That of a program which has been upgraded since.
      unmount(view, MNT_DETACH);
      writeFileSync(view, "");
      bindMount(program, view);
      mount("none", view, "none", MS_BIND | MS_REMOUNT | MS_RDONLY);
      return view;
    } catch {
      return program;
    }
  }

  close(): void {
    for (const view of this.views) unmount(view, MNT_DETACH);
  }
}

function showsSame(view: string, program: string): boolean {
  const seen = statSync(view, { throwIfNoEntry: false });
  const { dev, ino } = statSync(program);
  return seen?.dev === dev && seen.ino === ino;
}
