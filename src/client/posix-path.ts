// What the matcher of ignore files needs of node:path, which the web page does not have: tsconfig.json maps "path" to it.
export const sep = "/";

/** As `posix.normalize` of node:path. */
export function normalize(path: string): string {
  if (path === "") return ".";
  const isAbsolute = path.startsWith(sep);
  const names: string[] = [];
  for (const name of path.split(sep)) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name);
    else if (names.length > 0 && names.at(-1) !== "..") names.pop();
    else if (!isAbsolute) names.push(name);
  }
  const joined = names.join(sep);
  if (joined === "") return isAbsolute ? sep : path.endsWith(sep) ? "./" : ".";
  return `${isAbsolute ? sep : ""}${joined}${path.endsWith(sep) ? sep : ""}`;
}

/** As `posix.dirname` of node:path. */
export function dirname(path: string): string {
  const isAbsolute = path.startsWith(sep);
  const end = path.replace(/\/+$/, "").lastIndexOf(sep);
  if (end <= 0) return isAbsolute ? sep : ".";
  return isAbsolute && end === 1 ? "//" : path.slice(0, end);
}
