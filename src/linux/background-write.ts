// Writes that block in the kernel, with aio_write(3): a thread of the C library performs them and ends after a second without
// work. The runtime's own thread pool has one thread for each processor, too few for calls that block for milliseconds.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { openSync } from "node:fs";
import { constants } from "node:os";
import { checked, LIBC } from "./libc.ts";

const libc = dlopen(LIBC, {
  aio_write: { args: [FFIType.ptr], returns: FFIType.i32 },
  aio_error: { args: [FFIType.ptr], returns: FFIType.i32 },
}).symbols;

// `struct aiocb` of the GNU C library on 64-bit architectures (aio.h).
const CONTROL_BLOCK_LENGTH = 168;
const DESCRIPTOR_OFFSET = 0;
const BUFFER_OFFSET = 16;
const LENGTH_OFFSET = 24;
const NOTIFY_OFFSET = 44;
const SIGEV_NONE = 1;

/** The same write to the beginning of a file, as often as needed. It keeps the file open for the life of the process. */
export class BackgroundWrite {
  /** The thread may still use the memory of one that nobody else refers to. */
  private static readonly all: BackgroundWrite[] = [];
  // The C library reads both whenever it likes: they must live as long as this object, and the data must not be shared.
  private readonly control = new Uint8Array(CONTROL_BLOCK_LENGTH);
  private readonly data: Uint8Array;

  /** @throws NodeJS.ErrnoException when the file cannot be opened for writing */
  constructor(path: string, data: Uint8Array) {
    this.data = Uint8Array.from(data);
    const fields = new DataView(this.control.buffer);
    fields.setInt32(DESCRIPTOR_OFFSET, openSync(path, "r+"), true);
    fields.setBigUint64(BUFFER_OFFSET, BigInt(ptr(this.data)), true);
    fields.setBigUint64(LENGTH_OFFSET, BigInt(this.data.length), true);
    fields.setInt32(NOTIFY_OFFSET, SIGEV_NONE, true);
    BackgroundWrite.all.push(this);
  }

  /** Starts the write, unless the one before has not ended. Its result is not reported. @throws SystemCallError */
  begin(): void {
    if (libc.aio_error(ptr(this.control)) === constants.errno.EINPROGRESS) return;
    checked(libc.aio_write(ptr(this.control)), "aio_write");
  }
}
