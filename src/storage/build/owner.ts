// `--chown`: names of users and groups, looked up in the files of the image that is copied into.
// Runs where the image is the process's root.
import { BerthError } from "../../api/errors.ts";
import { readRegularFile } from "./regular-file.ts";

export interface FileOwner {
  uid: number;
  gid: number;
}

const LARGEST_ID = 2 ** 31 - 1;
/** Far above any honest file. */
const LONGEST_FILE = 16 * 1024 * 1024;

/**
 * "user", "user:group", names or numbers; "" is root. Without a group it is the one of the user's name or number.
 * @throws BerthError invalidParameter in Docker's words
 */
export function ownerOf(text: string): FileOwner {
  if (text === "") return { uid: 0, gid: 0 };
  const [user = "", group = user] = text.split(":", 2);
  return { uid: idOf("user", user || "0"), gid: idOf("group", group || user || "0", user) };
}

/** @param user whose own group it may be */
function idOf(kind: "user" | "group", word: string, user?: string): number {
  if (/^\d+$/.test(word) && Number(word) <= LARGEST_ID) return Number(word);
  const entries = entriesOf(kind === "user" ? "/etc/passwd" : "/etc/group");
  const found = entries.find(([name]) => name === word)?.[2];
  const primary = word === user ? entriesOf("/etc/passwd").find(([name]) => name === word)?.[3] : undefined;
  const id = found ?? primary;
  if (id !== undefined && /^\d+$/.test(id)) return Number(id);
  throw new BerthError(
    "invalidParameter",
    `unable to convert uid/gid chown string to host mapping: can't find ${kind === "user" ? "uid" : "gid"} for ${kind} ${word}: no such ${kind}: ${word}`,
  );
}

/** The lines of passwd(5) or group(5), by their fields. */
function entriesOf(path: string): string[][] {
  const content = readRegularFile(path, LONGEST_FILE)?.toString() ?? "";
  return content.split("\n").map((line) => line.trim().split(":"));
}
