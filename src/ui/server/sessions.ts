// Sign-in sessions. Tokens and session ids are random; only their digests are stored.
import { createHash, randomBytes } from "node:crypto";

const COOKIE = "berth-ui";
/** Idle timeout of a session. */
const IDLE_MILLISECONDS = 12 * 60 * 60 * 1000;
const MAX_SESSIONS = 100;
/** A token may be in a service's log, which others read. */
const TOKEN_MILLISECONDS = 60 * 60 * 1000;

export class Sessions {
  /** Session id digest → time of last use. */
  readonly #sessions = new Map<string, number>();
  /** Token digest → when it was issued. */
  readonly #tokens = new Map<string, number>();
  readonly #secure: boolean;
  /** Cookies are shared by all ports of a host, so each server uses a different name. */
  readonly #cookie: string;

  constructor(options: { secure: boolean; port: number }) {
    this.#secure = options.secure;
    this.#cookie = `${COOKIE}-${options.port}`;
  }

  /** Creates a single-use sign-in token. */
  issueToken(): string {
    const token = randomBytes(32).toString("base64url");
    this.#tokens.set(digestOf(token), Date.now());
    return token;
  }

  /** Whether the token is valid; redeems it. */
  redeem(token: string): boolean {
    const digest = digestOf(token);
    const issued = this.#tokens.get(digest);
    this.#tokens.delete(digest);
    return issued !== undefined && Date.now() - issued < TOKEN_MILLISECONDS;
  }

  /** Opens a session. @returns the value of Set-Cookie */
  open(): string {
    const id = randomBytes(32).toString("base64url");
    const oldest = this.#sessions.keys().next();
    if (this.#sessions.size >= MAX_SESSIONS && !oldest.done) this.#sessions.delete(oldest.value);
    this.#sessions.set(digestOf(id), Date.now());
    return this.#setCookie(id);
  }

  /** The request's session, which this keeps alive; undefined without a valid one. */
  find(request: Request): string | undefined {
    for (const digest of this.#digestsOf(request)) {
      const used = this.#sessions.get(digest);
      if (used === undefined) continue;
      this.#sessions.delete(digest);
      if (Date.now() - used > IDLE_MILLISECONDS) continue;
      // Reinserted to keep the map in order of use.
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

  /** Another server on the host can set cookies of the same name, which the browser then sends as well. */
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
