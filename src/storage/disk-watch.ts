// Stops large writes before the disk is full, because running containers write to the same disk.
import { statfsSync } from "node:fs";
import { BerthError } from "../api/errors.ts";

/** The usual message for ENOSPC. */
export const DISK_FULL = "no space left on device";

const BYTES_BETWEEN_CHECKS = 64 * 1024 * 1024;
const ENTRIES_BETWEEN_CHECKS = 4096;
const MAX_RESERVE_SIZE = 1024 * 1024 * 1024;
const RESERVED_SHARE = 0.01;

export class DiskWatch {
  private bytes = BYTES_BETWEEN_CHECKS;
  private entries = 0;

  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Call before writing `bytes`. @throws BerthError when the disk is nearly full */
  beforeWriting(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes >= BYTES_BETWEEN_CHECKS) this.check();
  }

  /** Call before creating a file. */
  beforeCreating(): void {
    this.entries += 1;
    if (this.entries >= ENTRIES_BETWEEN_CHECKS) this.check();
  }

  private check(): void {
    this.bytes = 0;
    this.entries = 0;
    const { bsize, blocks, bavail, files, ffree } = statfsSync(this.path);
    const reserve = Math.min(MAX_RESERVE_SIZE, blocks * bsize * RESERVED_SHARE);
    const isFull = bavail * bsize < reserve || (files > 0 && ffree < files * RESERVED_SHARE);
    if (isFull) throw new BerthError("internal", DISK_FULL);
  }
}
