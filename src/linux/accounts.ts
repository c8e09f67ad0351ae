// The entries of passwd(5) and group(5), from the text of the files: the host's, a container's, an image's.

export interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  /** "/" when the entry does not say. */
  home: string;
}

export interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

/** Far above any honest file: neither an image nor a container must make its reader read without end. */
export const MAX_ACCOUNT_FILE = 16 * 1024 * 1024;

/** The highest id of a user or group that Docker accepts. */
export const MAX_ACCOUNT_ID = 2 ** 31 - 1;

/** Entries without a number are skipped. */
export function parsePasswd(text: string): PasswdEntry[] {
  return fieldsOf(text).flatMap(([name = "", , uid = "", gid = "", , home = ""]) =>
    /^\d+$/.test(uid) ? [{ name, uid: Number(uid), gid: Number(gid) || 0, home: home === "" ? "/" : home }] : [],
  );
}

/** Entries without a number are skipped. */
export function parseGroup(text: string): GroupEntry[] {
  return fieldsOf(text).flatMap(([name = "", , gid = "", members = ""]) =>
    /^\d+$/.test(gid)
      ? [{ name, gid: Number(gid), members: members.split(",").filter((member) => member !== "") }]
      : [],
  );
}

function fieldsOf(text: string): string[][] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));
}
