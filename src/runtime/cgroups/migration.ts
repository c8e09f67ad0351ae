// Moving a process into a control group waits for a grace period of RCU, 5 to 15 ms, unless another process was moved some
// 10 to 50 ms before: so long the kernel keeps the lock of all processes (cgroup_threadgroup_rwsem) ready for writers.
// The OCI runtime moves a process for each container and each exec. So the engine moves one before, into the group where it
// already is, and the grace period passes while the start is prepared.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BackgroundWrite } from "../../linux/background-write.ts";
import type { CgroupLayout } from "./layout.ts";

/** The process that writes. */
const SELF = Buffer.from("0");

export class MigrationLock {
  private readonly layout: CgroupLayout;
  private membership: string | undefined;
  private move: BackgroundWrite | undefined;

  constructor(layout: CgroupLayout) {
    this.layout = layout;
  }

  /** Call it when a process is about to be moved. It returns immediately, and never fails: without it a move takes longer. */
  prepare(): void {
    try {
      // A move of the engine to another cgroup by others must not be reverted.
      const membership = readFileSync("/proc/self/cgroup", "utf8");
      if (membership !== this.membership) {
        this.membership = membership;
        this.move = undefined;
        this.move = this.moveWithin(membership);
      }
      this.move?.begin();
    } catch {
      // Without write access to the group, or a thread for the write, the move that follows takes longer.
    }
  }

  private moveWithin(membership: string): BackgroundWrite | undefined {
    for (const line of membership.trim().split("\n")) {
      const [, controller = "", path = "/"] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const mount = this.layout.version === 1 ? this.layout.mounts.get(controller) : this.layout.mount;
      if (mount !== undefined && (this.layout.version === 1 || controller === "")) {
        return new BackgroundWrite(join(mount, path, "cgroup.procs"), SELF);
      }
    }
    return undefined;
  }
}
