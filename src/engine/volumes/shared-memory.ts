// /dev/shm of containers that share it: a tmpfs on the host, because a path through the other container's root could be
// redirected by that container.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, mount } from "../../linux/mount.ts";
import type { HostConfiguration } from "../containers/configuration/host-configuration.ts";

const NAME = "shm";
const SHAREABLE = "shareable";

/** Mounts it below `directory`, the container's mount targets, if the container shares its memory. */
export function openSharedMemory(directory: string, { ipcMode, shmSize }: HostConfiguration): void {
  if (ipcMode !== SHAREABLE) return;
  const target = join(directory, NAME);
  mkdirSync(target, { recursive: true, mode: 0o711 });
  mount("shm", target, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, `mode=1777,size=${shmSize}`);
}

/** Its path. @throws BerthError conflict in Docker's words when the container does not share it */
export function sharedMemoryIn(directory: string, containerId: string): string {
  const path = join(directory, NAME);
  if (existsSync(path)) return path;
  throw new BerthError(
    "invalidParameter",
    `container ${containerId}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
  );
}
