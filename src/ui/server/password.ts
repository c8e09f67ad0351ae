// Verifies the password: stored as an argon2id hash, with rate-limited attempts.
import { isIPv6 } from "node:net";

const HASH_PREFIX = "$argon2id$";

const WINDOW_MILLISECONDS = 60_000;
/** Failed attempts per window of one client: an IPv4 address, or a /64 network of IPv6. */
const MAX_FAILURES_OF_CLIENT = 5;
/** Failed attempts per window of all clients together. */
const MAX_FAILURES = 30;

export type PasswordAnswer = "right" | "wrong" | "too many tries";

interface Failure {
  /** Milliseconds since 1970. */
  time: number;
  client: string;
}

export class Password {
  readonly #hash: string;
  /** The failed attempts of the last window. */
  #failures: Failure[] = [];
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

  /** @param address of the client */
  check(password: string, address: string): Promise<PasswordAnswer> {
    const answer = this.#turn.then(() => this.#check(password, clientOf(address)));
    this.#turn = answer.catch(() => {});
    return answer;
  }

  async #check(password: string, client: string): Promise<PasswordAnswer> {
    const now = Date.now();
    this.#failures = this.#failures.filter(({ time }) => now - time < WINDOW_MILLISECONDS);
    const ofClient = this.#failures.filter((failure) => failure.client === client).length;
    if (ofClient >= MAX_FAILURES_OF_CLIENT || this.#failures.length >= MAX_FAILURES) return "too many tries";
    if (password !== "" && (await Bun.password.verify(password, this.#hash))) return "right";
    this.#failures.push({ time: Date.now(), client });
    return "wrong";
  }
}

function clientOf(address: string): string {
  const mapped = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (!isIPv6(mapped)) return mapped;
  const [head = "", tail] = mapped.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const known = tail === undefined ? groups : [...groups, "0", "0", "0", "0"];
  return known.slice(0, 4).join(":");
}
