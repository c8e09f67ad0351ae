// Scoped sockets, kept in the database.
import type { Database } from "bun:sqlite";
import { join } from "node:path";
import * as v from "valibot";
import { BerthError } from "../api/errors.ts";
import { type SocketScope, socketScopes } from "../api/socket-scopes.ts";
import { timestampNow } from "../api/time.ts";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$/;

const storedSchema = v.object({
  name: v.string(),
  allow: v.array(v.picklist(socketScopes)),
  /** Containers without these are hidden. */
  labels: v.array(v.string()),
  /** The group that may connect; "" for none. */
  group: v.string(),
  /** RFC 3339. */
  created: v.string(),
});

export interface SocketRequest {
  name: string;
  allow: readonly SocketScope[];
  labels: string[];
  group: string;
}

export interface ScopedSocket extends v.InferOutput<typeof storedSchema> {
  /** The socket's file, alone in its directory so that the directory can be mounted into a container. */
  path: string;
}

export class ScopedSockets {
  private readonly database: Database;
  private readonly directory: string;

  constructor(database: Database, execRoot: string) {
    this.database = database;
    this.directory = join(execRoot, "sockets");
  }

  list(): ScopedSocket[] {
    const rows = this.database.query<{ spec: string }, []>("SELECT spec FROM scoped_sockets ORDER BY name").all();
    return rows.map(({ spec }) => this.withPath(v.parse(storedSchema, JSON.parse(spec))));
  }

  /** @throws BerthError notFound */
  get(name: string): ScopedSocket {
    const found = this.list().find((socket) => socket.name === name);
    if (!found) throw new BerthError("notFound", `No such socket: ${name}`);
    return found;
  }

  /** The socket of a request, not yet saved. @throws BerthError invalidParameter, conflict if the name is taken */
  plan(request: SocketRequest): ScopedSocket {
    const { name, allow, labels, group } = request;
    if (!NAME.test(name)) {
      throw new BerthError(
        "invalidParameter",
        `invalid socket name: ${JSON.stringify(name)}, only ${NAME.source} is allowed`,
      );
    }
    if (allow.length === 0) throw new BerthError("invalidParameter", "Allow must not be empty");
    if (this.list().some((socket) => socket.name === name)) {
      throw new BerthError("conflict", `a socket named ${name} already exists`);
    }
    return this.withPath({ name, allow: [...new Set(allow)], labels, group, created: timestampNow() });
  }

  save({ path: _, ...stored }: ScopedSocket): void {
    this.database
      .query("INSERT INTO scoped_sockets (name, spec) VALUES (?, ?)")
      .run(stored.name, JSON.stringify(stored));
  }

  remove(name: string): void {
    this.database.query("DELETE FROM scoped_sockets WHERE name = ?").run(name);
  }

  private withPath(stored: Omit<ScopedSocket, "path">): ScopedSocket {
    return { ...stored, path: join(this.directory, stored.name, "berth.sock") };
  }
}
