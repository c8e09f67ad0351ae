// `idmap=match-user`: a bind whose owner on the host appears as the container's user.
import { closeSync, statSync } from "node:fs";
import { BerthError } from "../../api/errors.ts";
import { errorCode } from "../../linux/errno.ts";
import { attachMount, cloneMount, mapIdsOfMount } from "../../linux/mount-tree.ts";
import { type IdRange, withUserNamespace } from "../../linux/user-namespace.ts";

/** Number of ids; 2^32 - 1 means "none". */
const ID_END = 2 ** 32 - 1;

/**
 * A mapping that swaps two ids and keeps all others: `onDisk` appears as `visible` and vice versa, so that every file has
 * an owner.
 */
export function exchangeIds(onDisk: number, visible: number): IdRange[] {
  if (onDisk === visible) return [{ inside: 0, outside: 0, size: ID_END }];
  const [low, high] = onDisk < visible ? [onDisk, visible] : [visible, onDisk];
  const same = (start: number, end: number): IdRange[] =>
    end > start ? [{ inside: start, outside: start, size: end - start }] : [];
  return [
    ...same(0, low),
    { inside: low, outside: high, size: 1 },
    ...same(low + 1, high),
    { inside: high, outside: low, size: 1 },
    ...same(high + 1, ID_END),
  ];
}

/**
 * Binds `source` to `target` with its owner and `user` swapped.
 * @throws BerthError notImplemented where the kernel or the file system cannot
 */
export async function mountMatchingUser(
  source: string,
  target: string,
  recursive: boolean,
  user: { uid: number; gid: number },
): Promise<void> {
  const owner = statSync(source);
  const tree = cloneMount(source, recursive);
  try {
    const uids = exchangeIds(owner.uid, user.uid);
    const gids = exchangeIds(owner.gid, user.gid);
    await withUserNamespace(uids, gids, (namespace) => mapIdsOfMount(tree, namespace));
    attachMount(tree, target);
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code !== "EINVAL" && code !== "ENOSYS") throw thrown;
    const reason =
      code === "ENOSYS"
        ? "this kernel has no id-mapped mounts (Linux 5.12 brought them)"
        : "the file system it is on does not support id-mapped mounts";
    throw new BerthError("notImplemented", `idmap=match-user is not possible for ${source}: ${reason}`, thrown);
  } finally {
    closeSync(tree);
  }
}
