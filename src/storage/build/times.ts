// SOURCE_DATE_EPOCH: clamps the modification times in a layer, so that the same build has the same digest.
import { lstatSync, lutimesSync, readdirSync } from "node:fs";

const SLASH = Buffer.from("/");

/** @param epoch seconds since 1970 */
export function clampTimes(path: Buffer, epoch: number): void {
  const status = lstatSync(path);
  if (status.isDirectory()) {
    for (const name of readdirSync(path, { encoding: "buffer" })) clampTimes(Buffer.concat([path, SLASH, name]), epoch);
  }
  if (status.mtimeMs > epoch * 1000) lutimesSync(path, epoch, epoch);
}
