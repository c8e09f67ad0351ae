// Sets up cgroups for crun. On a hybrid system, crun refuses to run while any controller belongs to the v2 hierarchy;
// mounting that controller as v1 moves it back.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { note, program, say } from "../step.ts";

const CGROUPS = "/sys/fs/cgroup";

export async function prepareCgroups(): Promise<void> {
  const list = join(CGROUPS, "unified", "cgroup.controllers");
  if (!existsSync(list)) return;
  for (const controller of readFileSync(list, "utf8").split(/\s+/).filter(Boolean)) {
    const target = join(CGROUPS, controller);
    mkdirSync(target, { recursive: true });
    const mounted = await program(["mount", "-t", "cgroup", "-o", controller, "cgroup", target]);
    if (mounted.code === 0) {
      say(`mounted the ${controller} controller as cgroup v1 (crun refuses a mixed set-up)`);
    } else {
      note(`the ${controller} controller stays in cgroup v2, so crun will refuse to run: ${mounted.output.trim()}`);
      note("install runc and start the engine with --default-runtime runc");
    }
  }
}
