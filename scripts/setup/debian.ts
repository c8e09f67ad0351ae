// Builds root filesystems of Debian.
import { must } from "../step.ts";

const SUITE = "bookworm";

/** @param hooks further options of mmdebstrap, such as `--customize-hook=…` */
export async function buildDebianRoot(root: string, packages: readonly string[], hooks: string[] = []): Promise<void> {
  const options = ["--mode=root", "--variant=minbase", `--include=${packages.join(",")}`, ...hooks];
  // On a busy disk most of the time goes to fsync. The setting stays in the root filesystem.
  options.push("--dpkgopt=force-unsafe-io");
  // In a new mount namespace, because mmdebstrap may leave /proc and /sys mounted.
  const isolated = ["unshare", "--mount", "--propagation", "private"];
  await must([...isolated, "mmdebstrap", ...options, SUITE, root]);
}
