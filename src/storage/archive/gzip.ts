// Writes gzip as members of a few megabytes, which readers see as one stream. Incompressible data is stored.
const MEMBER_LENGTH = 4 * 1024 * 1024;
const SAMPLE_LENGTH = 64 * 1024;
/** If a sample compresses to more than this fraction, it is stored instead. */
const WORTHWHILE_SHARE = 0.97;
const LEVEL = 6;

/** Compresses its input and emits each completed member. */
export class GzipMembers {
  private readonly write: (member: Uint8Array) => void;
  private readonly member = Buffer.alloc(MEMBER_LENGTH);
  private filled = 0;

  constructor(write: (member: Uint8Array) => void) {
    this.write = write;
  }

  add(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; ) {
      const part = bytes.subarray(start, start + MEMBER_LENGTH - this.filled);
      this.member.set(part, this.filled);
      this.filled += part.length;
      start += part.length;
      if (this.filled === MEMBER_LENGTH) this.flush();
    }
  }

  /** Call after the last bytes. */
  end(): void {
    this.flush();
  }

  private flush(): void {
    if (this.filled === 0) return;
    const bytes = this.member.subarray(0, this.filled);
    this.filled = 0;
    this.write(Bun.gzipSync(bytes, { library: "libdeflate", level: isWorthwhile(bytes) ? LEVEL : 0 }));
  }
}

function isWorthwhile(bytes: Uint8Array<ArrayBuffer>): boolean {
  const sample = bytes.subarray(0, SAMPLE_LENGTH);
  return Bun.gzipSync(sample, { library: "libdeflate", level: 1 }).length < sample.length * WORTHWHILE_SHARE;
}
