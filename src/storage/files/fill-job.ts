// The "fill" job: copies the image's content at the mount point to a new volume.
import { closeSync, mkdirSync } from "node:fs";
import { bindMount, MS_NODEV, MS_NOSUID, mount } from "../../linux/mount.ts";
import { enterPrivateMounts, enterRoot } from "../../linux/mount-namespace.ts";
import { O_DIRECTORY, O_PATH, openBeneath, openInRoot, pathOfDescriptor, withRoot } from "../../linux/openat2.ts";
import type { FillJob } from "./messages.ts";
import { ownerInside } from "./owners.ts";
import { copyTree } from "./tree-copy.ts";

/** Any directory that exists on every host: the mount is only visible to this process. */
const STAGE = "/sys";

/**
 * Restricts this process to both directories: other containers using the volume may place links in it meanwhile.
 */
export function fillJob({ rootfs, path, target, subpath, owners }: FillJob): void {
  enterPrivateMounts();
  withRoot(rootfs, (root) => {
    withRoot(target, (whole) => {
      const volume = openBeneath(whole, subpath || ".", O_PATH | O_DIRECTORY);
      const source = openInRoot(root, path, O_PATH | O_DIRECTORY);
      mount("tmpfs", STAGE, "tmpfs", MS_NOSUID | MS_NODEV);
      mkdirSync(`${STAGE}/image`);
      mkdirSync(`${STAGE}/volume`);
      bindMount(pathOfDescriptor(source), `${STAGE}/image`);
      bindMount(pathOfDescriptor(volume), `${STAGE}/volume`);
      closeSync(source);
      closeSync(volume);
    });
  });
  enterRoot(STAGE);
  copyTree("/image", "/volume", ownerInside(owners));
}
