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

  /** The request's session, which this keeps alive; undefined when it belongs to none. */
  find(request: Request): string | undefined {
    for (const digest of this.#digestsOf(request)) {
      const used = this.#sessions.get(digest);
      if (used === undefined) continue;
      this.#sessions.delete(digest);
      if (Date.now() - used > IDLE_MILLISECONDS) continue;
      // Inserted again to keep the map in the order of use.
      this.#sessions.set(digest, Date.now());
      return digest;
    }
    return undefined;
  }

  /** Ends a session. @returns the value of Set-Cookie */
  close(session: string | undefined): string {
    if (session !== undefined) this.#sessions.delete(session);
    return `${this.#setCookie("")}; Max-Age=0`;
  }

  /** Another server of the host can set cookies of the same name, which the browser then sends as well. */
  #digestsOf(request: Request): string[] {
    const cookies = (request.headers.get("cookie") ?? "").split(/; */);
    const prefix = `${this.#cookie}=`;
    return cookies.filter((pair) => pair.startsWith(prefix)).map((pair) => digestOf(pair.slice(prefix.length)));
  }

  #setCookie(value: string): string {
    return `${this.#cookie}=${value}; Path=/; HttpOnly; SameSite=Strict${this.#secure ? "; Secure" : ""}`;
  }
}

const digestOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");
