// Resolves the user of a process with the container's /etc/passwd and /etc/group.
import { BerthError } from "../../api/errors.ts";
import {
  type GroupEntry,
  MAX_ACCOUNT_FILE,
  MAX_ACCOUNT_ID,
  type PasswdEntry,
  parseGroup,
  parsePasswd,
} from "../../linux/accounts.ts";
import { readFileInRoot, withRoot } from "../../linux/openat2.ts";

export interface ProcessUser {
  uid: number;
  gid: number;
  /** Includes `gid`, so that a group removed from the list can't be regained by setgid(2). */
  additionalGids: number[];
  /** The home directory; "/" when passwd has none. */
  home: string;
}

/**
 * Resolves `user` ("", "name", "uid", "name:group", "uid:gid") and the --group-add list inside `rootfs`.
 * @throws BerthError invalidParameter in Docker's words for an unknown name
 */
export function resolveUser(rootfs: string, user: string, groupAdd: readonly string[] = []): ProcessUser {
  return withRoot(rootfs, (root) => {
    const read = (path: string) => readFileInRoot(root, path, MAX_ACCOUNT_FILE) ?? "";
    return resolveUserIn(read("/etc/passwd"), read("/etc/group"), user, groupAdd);
  });
}

/** {@link resolveUser} on the files' contents. */
export function resolveUserIn(passwd: string, group: string, user: string, groupAdd: readonly string[]): ProcessUser {
  const [userName = "", groupName = ""] = user.split(":", 2);
  const groups = parseGroup(group);
  const account = findAccount(parsePasswd(passwd), userName);
  const extra = groupAdd.map((name) => groupId(groups, name));
  if (groupName !== "") {
    const gid = groupId(groups, groupName);
    return { uid: account.uid, gid, additionalGids: unique([gid, ...extra]), home: account.home };
  }
  const memberships = groups.filter((entry) => account.name !== undefined && entry.members.includes(account.name));
  return {
    uid: account.uid,
    gid: account.gid,
    additionalGids: unique([account.gid, ...memberships.map((entry) => entry.gid), ...extra]),
    home: account.home,
  };
}

/** A number is always an id, even if an account has it as its name. */
function findAccount(accounts: PasswdEntry[], word: string): Omit<PasswdEntry, "name"> & { name?: string } {
  const uid = word === "" ? 0 : idOf(word);
  const account = accounts.find((candidate) => (uid === undefined ? candidate.name === word : candidate.uid === uid));
  if (account) return account;
  if (uid !== undefined) return { uid, gid: 0, home: "/" };
  throw new BerthError("invalidParameter", `unable to find user ${word}: no matching entries in passwd file`);
}

function groupId(groups: GroupEntry[], word: string): number {
  const gid = idOf(word) ?? groups.find((candidate) => candidate.name === word)?.gid;
  if (gid !== undefined) return gid;
  throw new BerthError("invalidParameter", `unable to find group ${word}: no matching entries in group file`);
}

/** The id of a numeric word; undefined for a name. */
function idOf(word: string): number | undefined {
  if (!/^-?\d+$/.test(word)) return undefined;
  const number = Number(word);
  if (number < 0 || number > MAX_ACCOUNT_ID) {
    throw new BerthError("invalidParameter", `uids and gids must be in range 0-${MAX_ACCOUNT_ID}`);
  }
  return number;
}

function unique(numbers: number[]): number[] {
  return [...new Set(numbers)];
}
