// Mount propagation of binds. A bind that includes the engine's own mounts must follow the host's unmounts: private copies
// would pin the root filesystems of all other containers.
import { realpathSync } from "node:fs";
import { posix } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { mountOf } from "../../linux/mount-info.ts";
import type { Propagation } from "../../runtime/spec/mounts.ts";
import { type BindPlan, DEFAULT_PROPAGATION } from "./mount-plan.ts";

/** The directories below which the engine mounts; a bind of them, of a parent or of a child includes its mounts. */
export interface EngineRoots {
  dataRoot: string;
  execRoot: string;
}

/**
 * @param asked undefined for the default
 * @throws BerthError invalidParameter in Docker's words for a private or shallow bind of the data root
 */
export function choosePropagation(
  source: string,
  asked: Propagation | undefined,
  { dataRoot, execRoot }: EngineRoots,
): Pick<BindPlan, "propagation" | "mayBePrivate"> {
  const showsData = overlap(source, dataRoot);
  if (asked === undefined) {
    const showsMounts = showsData || overlap(source, execRoot);
    return showsMounts
      ? { propagation: "rslave", mayBePrivate: true }
      : { propagation: DEFAULT_PROPAGATION, mayBePrivate: false };
  }
  if (showsData && asked !== "rslave" && asked !== "rshared") {
    throw new BerthError(
      "invalidParameter",
      `invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, daemon root: ${JSON.stringify(dataRoot)}, bind mount source: ${JSON.stringify(source)}, propagation: ${JSON.stringify(asked)}`,
    );
  }
  return { propagation: asked, mayBePrivate: false };
}

/**
 * The propagation a bind gets at start.
 * @throws BerthError invalidParameter in Docker's words if the host's mount does not allow the requested propagation
 */
export function effectivePropagation({ source, propagation, mayBePrivate }: BindPlan): Propagation {
  const mounted = propagation.endsWith("private") ? undefined : mountOf(realpathSync(source));
  if (mounted === undefined) return propagation;
  const isShared = mounted.propagation.some((tag) => tag.startsWith("shared:"));
  const isSlave = mounted.propagation.some((tag) => tag.startsWith("master:"));
  const isAllowed = isShared || (isSlave && propagation.endsWith("slave"));
  if (isAllowed) return propagation;
  if (mayBePrivate) return DEFAULT_PROPAGATION;
  const wanted = propagation.endsWith("shared") ? "shared" : "shared or slave";
  throw new BerthError(
    "invalidParameter",
    `path ${source} is mounted on ${mounted.point} but it is not a ${wanted} mount`,
  );
}

/** Whether one of the paths is the other or below it, links followed. */
function overlap(source: string, root: string): boolean {
  const [one, other] = [realPath(source), realPath(root)].map((path) => `${path}/`.replace("//", "/"));
  return one !== undefined && other !== undefined && (one.startsWith(other) || other.startsWith(one));
}

/** Returns the path unchanged if it does not exist. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return posix.resolve(path);
  }
}
