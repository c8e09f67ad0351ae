// The sockets the daemon listens on: their permissions, and leftovers of earlier daemons.

import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import type { TlsOptions } from "node:tls";
import { BerthError, messageOf } from "../api/errors.ts";
import type { Log } from "../api/log.ts";
import { parseGroup } from "../linux/accounts.ts";
import type { HostAddress } from "./configuration/hosts.ts";
import type { DaemonConfig, TlsSettings } from "./configuration/load.ts";
import type { HttpServer } from "./http/server.ts";
import { type InheritedSocket, inheritedSockets } from "./service-manager.ts";
import { tlsOptions } from "./tls.ts";

const SOCKET_MODE = 0o660;
const MAX_SOCKET_PATH_BYTES = 107;
const PRIVATE_UMASK = 0o177;
const PROBE_MILLISECONDS = 2_000;
const DEFAULT_GROUPS = ["docker", "berth"];

type Place = Exclude<HostAddress, { type: "inherited" }> | ({ type: "inherited" } & InheritedSocket);

/** Where to listen, and what that needs. */
export interface Listening {
  places: Place[];
  groupId: number;
  tls: TlsOptions | undefined;
}

/** Checks certificates, the group, and that no other daemon answers, before anything is started. */
export async function prepareListening({ hosts, tls, socketGroup }: DaemonConfig, log: Log): Promise<Listening> {
  const places = hosts.flatMap(placesOf);
  for (const place of places) {
    if (place.type === "unix") await clearSocketPath(place.path);
    else if (isTcp(place)) requireProtection(place, tls, log);
  }
  return { places, groupId: socketGroupId(socketGroup), tls: tls.enabled ? tlsOptions(tls) : undefined };
}

function placesOf(host: HostAddress): Place[] {
  if (host.type !== "inherited") return [host];
  return inheritedSockets(host.descriptor).map((socket) => ({ type: "inherited", ...socket }));
}

function isTcp(place: Place): boolean {
  return place.type === "tcp" || (place.type === "inherited" && place.kind === "tcp");
}

/** Listens on every address. Returns a function that removes the socket files this daemon made. */
export async function listen(server: HttpServer, { places, groupId, tls }: Listening, log: Log): Promise<() => void> {
  const paths: string[] = [];
  for (const place of places) {
    try {
      if (place.type === "unix") {
        await listenOnUnix(server, place.path, groupId);
        paths.push(place.path);
      } else {
        await server.listen(place.type === "tcp" ? place : { fd: place.descriptor }, isTcp(place) ? tls : undefined);
      }
    } catch (thrown) {
      throw new BerthError("internal", `cannot listen on ${formatPlace(place)}: ${messageOf(thrown)}`, thrown);
    }
    log.info("listening", { host: formatPlace(place), tls: isTcp(place) && tls !== undefined });
  }
  return () => {
    for (const path of paths) rmSync(path, { force: true });
  };
}

function formatPlace(place: Place): string {
  if (place.type === "inherited") return `fd://${place.descriptor}`;
  return place.type === "unix" ? `unix://${place.path}` : `tcp://${place.host}:${place.port}`;
}

/** What can listen at a path. */
interface UnixListener {
  listen(target: { path: string }): Promise<unknown>;
}

/** Creates a socket file for root and one group. */
export async function listenOnUnix(server: UnixListener, path: string, groupId: number): Promise<void> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw new BerthError("invalidParameter", `the socket path ${path} is longer than ${MAX_SOCKET_PATH_BYTES} bytes`);
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  // Closed to everybody until its group is set.
  const umask = process.umask(PRIVATE_UMASK);
  try {
    await server.listen({ path });
  } finally {
    process.umask(umask);
  }
  chownSync(path, 0, groupId);
  chmodSync(path, SOCKET_MODE);
}

/** The ID of the named group, of the first default group that exists, or of root. */
export function socketGroupId(name: string | undefined): number {
  const entries = parseGroup(readFileSync("/etc/group", "utf8"));
  const groups = new Map(entries.map((entry) => [entry.name, entry.gid]));
  if (name === undefined) return DEFAULT_GROUPS.map((known) => groups.get(known)).find((id) => id !== undefined) ?? 0;
  const id = /^\d+$/.test(name) ? Number(name) : groups.get(name);
  if (id === undefined) throw new BerthError("invalidParameter", `group ${name} not found`);
  return id;
}

/** Removes the socket of an ended daemon. @throws BerthError conflict if something answers there */
export async function clearSocketPath(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw new BerthError("conflict", `cannot listen on ${path}: it is there and is not a socket`);
  if (await answers(path)) {
    throw new BerthError("conflict", `cannot listen on unix://${path}: another daemon answers there`);
  }
  rmSync(path);
}

async function answers(path: string): Promise<boolean> {
  const socket = connect({ path });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
      // A full queue is a daemon that hangs.
      setTimeout(() => resolve(true), PROBE_MILLISECONDS).unref();
    });
  } finally {
    socket.destroy();
  }
}

/** Access to the API is root access to this host: TCP needs client certificates, or an explicit setting. */
function requireProtection(place: Place, tls: TlsSettings, log: Log): void {
  if (tls.verifyClients) return;
  if (!tls.waived) {
    throw new BerthError(
      "invalidParameter",
      `refusing to listen on ${formatPlace(place)} without --tlsverify: everyone who reaches it is root on this host. Use --tlsverify with certificates, or set --tlsverify=false to override`,
    );
  }
  log.warn(
    "LISTENING WITHOUT CLIENT CERTIFICATES: everyone who reaches this address, and every page in a browser that does, is root on this host",
    { host: formatPlace(place) },
  );
}
