// The engine's ID in `info`: a UUID that is kept in the data root.
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../linux/errno.ts";

const UUID = /^[0-9a-f-]{36}$/;

export function engineIdentity(dataRoot: string): string {
  const path = join(dataRoot, "engine-id");
  const known = readIdentity(path);
  if (known !== undefined) return known;
  const identity = randomUUID();
  mkdirSync(dataRoot, { recursive: true, mode: 0o710 });
  writeFileSync(`${path}.new`, identity, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return identity;
}

function readIdentity(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    return UUID.test(text) ? text : undefined;
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT")) return undefined;
    throw thrown;
  }
}
