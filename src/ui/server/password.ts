// Verifies the password: stored as an argon2id hash, with rate-limited attempts.
const HASH_PREFIX = "$argon2id$";

/** Failed attempts answered without delay; after these, every attempt is delayed. */
const FREE_TRIES = 5;
const WINDOW_MILLISECONDS = 60_000;

export type PasswordAnswer = "right" | "wrong" | "too many tries";

export class Password {
  readonly #hash: string;
  /** Times of the last failed attempts. */
  #failures: number[] = [];
  /** Serializes verifications: each takes tens of megabytes of memory. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(hash: string) {
    this.#hash = hash;
  }

  /**
   * @param content of the password file: the password in its first line, or its argon2id hash
   * @throws Error when the file is empty
   */
  static async of(content: string): Promise<Password> {
    const [line = ""] = content.split(/\r?\n/);
    if (line === "") throw new Error("the password file is empty");
    return new Password(line.startsWith(HASH_PREFIX) ? line : await Bun.password.hash(line, "argon2id"));
  }

  check(password: string): Promise<PasswordAnswer> {
    const answer = this.#turn.then(() => this.#check(password));
    this.#turn = answer.catch(() => {});
    return answer;
  }

  async #check(password: string): Promise<PasswordAnswer> {
    const now = Date.now();
    this.#failures = this.#failures.filter((time) => now - time < WINDOW_MILLISECONDS);
    if (this.#failures.length >= FREE_TRIES) return "too many tries";
    if (password !== "" && (await Bun.password.verify(password, this.#hash))) return "right";
    this.#failures.push(Date.now());
    return "wrong";
  }
}
