// Changes this process's root to the files of a source, so that links cannot escape it.
import { mkdirSync } from "node:fs";
import { MS_NODEV, MS_NOSUID, mount } from "../../linux/mount.ts";
import { enterPrivateMounts, enterRoot } from "../../linux/mount-namespace.ts";
import { mountRootFilesystem } from "../rootfs.ts";
import type { SourceRoot } from "./messages.ts";
import { STAGE } from "./stage.ts";

export function enterSource(root: SourceRoot): void {
  enterPrivateMounts();
  if (root.type === "directory") {
    enterRoot(root.path);
    return;
  }
  mount("tmpfs", STAGE, "tmpfs", MS_NOSUID | MS_NODEV);
  mkdirSync(`${STAGE}/source`);
  mountRootFilesystem({ lower: root.lower, target: `${STAGE}/source` });
  enterRoot(`${STAGE}/source`);
}
