// Who is signed in. Tokens and session ids are random; only their digests are kept.
import { createHash, randomBytes } from "node:crypto";

const COOKIE = "berth-ui";
/** A session ends when it has not been used for this long. */
const IDLE_MILLISECONDS = 12 * 60 * 60 * 1000;
const MAX_SESSIONS = 100;

export class Sessions {
  /** Digest of a session id → when it was last used. */
  readonly #sessions = new Map<string, number>();
  readonly #tokens = new Set<string>();
  readonly #secure: boolean;
  /** Cookies of a host are shared by its ports, so each server has a name of its own. */
  readonly #cookie: string;

  constructor(options: { secure: boolean; port: number }) {
    this.#secure = options.secure;
    this.#cookie = `${COOKIE}-${options.port}`;
  }

  /** A token that signs in once. */
  issueToken(): string {
    const token = randomBytes(32).toString("base64url");
    this.#tokens.add(digestOf(token));
    return token;
  }

  /** Whether the token was right; it is used up. */
  redeem(token: string): boolean {
    return this.#tokens.delete(digestOf(token));
  }

  /** Opens a session. @returns the value of Set-Cookie */
  open(): string {
    const id = randomBytes(32).toString("base64url");
    const oldest = this.#sessions.keys().next();
    if (this.#sessions.size >= MAX_SESSIONS && !oldest.done) this.#sessions.delete(oldest.value);
    this.#sessions.set(digestOf(id), Date.now());
    return this.#setCookie(id);
  }

  /** Whether the request belongs to a session; keeps the session alive. */
  isOpen(request: Request): boolean {
    const digest = this.#digestOf(request);
    const used = digest === undefined ? undefined : this.#sessions.get(digest);
    if (digest === undefined || used === undefined) return false;
    this.#sessions.delete(digest);
    if (Date.now() - used > IDLE_MILLISECONDS) return false;
    // Set anew, so that the map stays in the order of use.
    this.#sessions.set(digest, Date.now());
    return true;
  }

  /** Ends the request's session. @returns the value of Set-Cookie */
  close(request: Request): string {
    const digest = this.#digestOf(request);
    if (digest !== undefined) this.#sessions.delete(digest);
    return `${this.#setCookie("")}; Max-Age=0`;
  }

  #digestOf(request: Request): string | undefined {
    const cookies = (request.headers.get("cookie") ?? "").split(/; */);
    const cookie = cookies.find((pair) => pair.startsWith(`${this.#cookie}=`));
    return cookie === undefined ? undefined : digestOf(cookie.slice(this.#cookie.length + 1));
  }

  #setCookie(value: string): string {
    return `${this.#cookie}=${value}; Path=/; HttpOnly; SameSite=Strict${this.#secure ? "; Secure" : ""}`;
  }
}

const digestOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");
