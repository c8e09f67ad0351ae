// `--chown`: looks up users and groups in the image, which is the process's root.
import { BerthError } from "../../api/errors.ts";
import { MAX_ACCOUNT_FILE, MAX_ACCOUNT_ID, parseGroup, parsePasswd } from "../../linux/accounts.ts";
import { readRegularFile } from "./regular-file.ts";

export interface FileOwner {
  uid: number;
  gid: number;
}

/**
 * "user", "user:group", names or numbers; "" is root. Without a group, the user's primary group.
 * @throws BerthError invalidParameter in Docker's words
 */
export function ownerOf(text: string): FileOwner {
  if (text === "") return { uid: 0, gid: 0 };
  const [user = "", group = user] = text.split(":", 2);
  return { uid: idOf("user", user || "0"), gid: idOf("group", group || user || "0", user) };
}

/** @param user the user whose primary group is the fallback */
function idOf(kind: "user" | "group", word: string, user?: string): number {
  if (/^\d+$/.test(word) && Number(word) <= MAX_ACCOUNT_ID) return Number(word);
  const account = kind === "user" || word === user ? findNamed(parsePasswd(contentOf("/etc/passwd")), word) : undefined;
  const id =
    kind === "user" ? account?.uid : (findNamed(parseGroup(contentOf("/etc/group")), word)?.gid ?? account?.gid);
  if (id !== undefined) return id;
  throw new BerthError(
    "invalidParameter",
    `unable to convert uid/gid chown string to host mapping: can't find ${kind === "user" ? "uid" : "gid"} for ${kind} ${word}: no such ${kind}: ${word}`,
  );
}

function findNamed<T extends { name: string }>(entries: readonly T[], word: string): T | undefined {
  return entries.find(({ name }) => name === word);
}

function contentOf(path: string): string {
  return readRegularFile(path, MAX_ACCOUNT_FILE)?.toString() ?? "";
}
