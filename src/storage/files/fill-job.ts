// The job "fill": a new volume gets what the image has at the place where it is mounted.
import { closeSync, mkdirSync } from "node:fs";
import { bindMount, MS_NODEV, MS_NOSUID, mount } from "../../linux/mount.ts";
import { enterPrivateMounts, enterRoot } from "../../linux/mount-namespace.ts";
import { O_DIRECTORY, O_PATH, openInRoot, pathOfDescriptor, withRoot } from "../../linux/openat2.ts";
import type { FillJob } from "./messages.ts";
import { ownerInside } from "./owners.ts";
import { copyTree } from "./tree-copy.ts";

/** Any directory that every host has will do: what is mounted on it shows in this process alone. */
const STAGE = "/sys";

/**
 * Both directories become the only things this process can reach: other containers that have the volume may put
 * links into it while it is filled.
 */
export function fillJob({ rootfs, path, target, owners }: FillJob): void {
  enterPrivateMounts();
  withRoot(rootfs, (root) => {
    withRoot(target, (volume) => {
      const source = openInRoot(root, path, O_PATH | O_DIRECTORY);
      mount("tmpfs", STAGE, "tmpfs", MS_NOSUID | MS_NODEV);
      mkdirSync(`${STAGE}/image`);
      mkdirSync(`${STAGE}/volume`);
      bindMount(pathOfDescriptor(source), `${STAGE}/image`);
      bindMount(pathOfDescriptor(volume), `${STAGE}/volume`);
      closeSync(source);
    });
  });
  enterRoot(STAGE);
  copyTree("/image", "/volume", ownerInside(owners));
}
