// User namespaces as descriptors: a mapping of ids that can be given to mounts.
import { closeSync, openSync, writeFileSync } from "node:fs";

/** The process lives for a few milliseconds. */
const DEADLINE_MILLISECONDS = 10_000;

/** `size` ids from `inside` on are those from `outside` on. */
export interface IdRange {
  inside: number;
  outside: number;
  size: number;
}

/**
 * A new user namespace with these mappings, which lives as long as its descriptor.
 * @throws what writing the mappings fails with: EINVAL for ranges that overlap
 */
export async function openUserNamespace(uids: readonly IdRange[], gids: readonly IdRange[]): Promise<number> {
  // A namespace needs a process to begin in; one that answers is known to be in it.
  const resident = Bun.spawn(["unshare", "--user", "cat"], {
    env: process.env,
    stdio: ["pipe", "pipe", "ignore"],
    timeout: DEADLINE_MILLISECONDS,
    killSignal: "SIGKILL",
  });
  try {
    resident.stdin.write("\n");
    await resident.stdin.flush();
    await resident.stdout.getReader().read();
    writeFileSync(`/proc/${resident.pid}/uid_map`, mapText(uids));
    writeFileSync(`/proc/${resident.pid}/gid_map`, mapText(gids));
    return openSync(`/proc/${resident.pid}/ns/user`, "r");
  } finally {
    resident.kill("SIGKILL");
    await resident.exited;
  }
}

/** Runs `work` with a new user namespace, which ends with it. */
export async function withUserNamespace<T>(
  uids: readonly IdRange[],
  gids: readonly IdRange[],
  work: (descriptor: number) => T,
): Promise<T> {
  const descriptor = await openUserNamespace(uids, gids);
  try {
    return work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function mapText(ranges: readonly IdRange[]): string {
  return ranges.map(({ inside, outside, size }) => `${inside} ${outside} ${size}\n`).join("");
}
