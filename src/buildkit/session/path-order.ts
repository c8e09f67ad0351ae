// The required order of listed files: each directory before its content, names in byte order.
import { BerthError } from "../../api/errors.ts";

/** Rejects paths that leave the tree, are repeated, or precede their directory. Paths are byte strings. */
export class PathOrder {
  /** The ancestors of the last path from the root, each with the last name in it. */
  private readonly open: { directory: string; last: string }[] = [{ directory: "", last: "" }];

  /** @throws BerthError invalidParameter */
  accept(path: string, isDirectory: boolean): void {
    const parts = path.split("/");
    if (path === "" || path.includes("\0") || parts.some((part) => part === "" || part === "." || part === "..")) {
      throw new BerthError("invalidParameter", `invalid path "${printable(path)}" in the files sent by the client`);
    }
    const name = parts.pop() ?? "";
    const directory = parts.join("/");
    let parent = this.open.at(-1);
    while (parent !== undefined && parent.directory !== directory) {
      this.open.pop();
      parent = this.open.at(-1);
    }
    if (parent === undefined || parent.last >= name) {
      throw new BerthError("invalidParameter", `changes out of order: "${printable(path)}"`);
    }
    parent.last = name;
    if (isDirectory) this.open.push({ directory: path, last: "" });
  }
}

const printable = (path: string): string => Buffer.from(path, "latin1").toString("utf8");
