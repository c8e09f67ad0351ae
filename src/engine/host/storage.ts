// Checks the filesystem of the data root.
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { release } from "node:os";
import type { HostFacts } from "../../runtime/spec/host.ts";
import type { EngineConfig } from "../config.ts";
import { error, type HostFinding } from "./finding.ts";

const OVERLAY_MAGIC = 0x794c7630;
const NFS_MAGIC = 0x6969;

export function storage(_host: HostFacts, { dataRoot }: EngineConfig): (HostFinding | undefined)[] {
  const type = existsSync(dataRoot) ? statfsSync(dataRoot).type : 0;
  const overlayKnown =
    readFileSync("/proc/filesystems", "utf8").includes("\toverlay\n") || existsSync(`/lib/modules/${release()}`);
  return [
    overlayKnown
      ? undefined
      : error(
          "the kernel has no overlay file system",
          "images cannot be mounted",
          "boot a kernel with CONFIG_OVERLAY_FS",
        ),
    type === OVERLAY_MAGIC || type === NFS_MAGIC
      ? error(
          `the data root ${dataRoot} is on ${type === NFS_MAGIC ? "NFS" : "an overlay file system"}`,
          "containers cannot have writable layers there",
          "put --data-root on a local disk (ext4, xfs, btrfs) or a volume",
        )
      : undefined,
  ];
}
