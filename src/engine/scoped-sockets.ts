// Scoped sockets, kept in the database.
import type { Database } from "bun:sqlite";
import { join } from "node:path";
import * as v from "valibot";
import { BerthError } from "../api/errors.ts";
import { type CreateSocketRequest, type SocketInspect, socketScopes } from "../api/scoped-sockets.ts";
import { timestampNow } from "../api/time.ts";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$/;

const storedSchema = v.object({
  Name: v.string(),
  Allow: v.array(v.picklist(socketScopes)),
  Labels: v.array(v.string()),
  Group: v.string(),
  Created: v.string(),
});

export class ScopedSockets {
  private readonly database: Database;
  private readonly directory: string;

  constructor(database: Database, execRoot: string) {
    this.database = database;
    this.directory = join(execRoot, "sockets");
  }

  list(): SocketInspect[] {
    const rows = this.database.query<{ spec: string }, []>("SELECT spec FROM scoped_sockets ORDER BY name").all();
    return rows.map(({ spec }) => this.withPath(v.parse(storedSchema, JSON.parse(spec))));
  }

  /** @throws BerthError notFound */
  get(name: string): SocketInspect {
    const found = this.list().find((socket) => socket.Name === name);
    if (!found) throw new BerthError("notFound", `No such socket: ${name}`);
    return found;
  }

  /** The socket of a request, not yet saved. @throws BerthError invalidParameter, conflict if the name is taken */
  plan(request: CreateSocketRequest): SocketInspect {
    const { Name, Allow, Labels = [], Group = "" } = request;
    if (!NAME.test(Name)) {
      throw new BerthError(
        "invalidParameter",
        `invalid socket name: ${JSON.stringify(Name)}, only ${NAME.source} is allowed`,
      );
    }
    if (Allow.length === 0) throw new BerthError("invalidParameter", "Allow must not be empty");
    if (this.list().some((socket) => socket.Name === Name)) {
      throw new BerthError("conflict", `a socket named ${Name} already exists`);
    }
    return this.withPath({ Name, Allow: [...new Set(Allow)], Labels, Group, Created: timestampNow() });
  }

  save({ Path: _, ...stored }: SocketInspect): void {
    this.database
      .query("INSERT INTO scoped_sockets (name, spec) VALUES (?, ?)")
      .run(stored.Name, JSON.stringify(stored));
  }

  remove(name: string): void {
    this.database.query("DELETE FROM scoped_sockets WHERE name = ?").run(name);
  }

  private withPath(stored: Omit<SocketInspect, "Path">): SocketInspect {
    return { ...stored, Path: join(this.directory, stored.Name, "berth.sock") };
  }
}
