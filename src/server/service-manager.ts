// Socket activation and readiness notification of systemd and compatible service managers: sd_listen_fds(3), sd_notify(3).
import { closeSync, writeSync } from "node:fs";
import { BerthError, messageOf } from "../api/errors.ts";
import type { Log } from "../api/log.ts";
import { closeOnExec, listeningSocketKind } from "../linux/inherited-socket.ts";
import { connectDatagram } from "../linux/unix-socket.ts";

const FIRST_DESCRIPTOR = 3;

/** A listening socket of the service manager, which keeps it when this daemon ends. */
export interface InheritedSocket {
  descriptor: number;
  kind: "unix" | "tcp";
}

/**
 * The inherited sockets, or one of them.
 * @throws BerthError invalidParameter in Docker's words
 */
export function inheritedSockets(descriptor: number | undefined): InheritedSocket[] {
  const { LISTEN_PID, LISTEN_FDS } = process.env;
  const count = Number(LISTEN_PID) === process.pid ? Number(LISTEN_FDS ?? 0) : 0;
  const all = Array.from({ length: count }, (_, index) => FIRST_DESCRIPTOR + index);
  if (all.length === 0) {
    return refuse("no sockets found via socket activation: make sure the service was started by systemd");
  }
  const wanted = descriptor === undefined ? all : all.filter((each) => each === descriptor);
  if (wanted.length === 0) return refuse("too few socket activated files passed in by systemd");
  return wanted.map((each) => {
    const kind = listeningSocketKind(each);
    if (kind === undefined) return refuse(`descriptor ${each}, passed in by systemd, is not a listening socket`);
    closeOnExec(each);
    return { descriptor: each, kind };
  });
}

function refuse(message: string): never {
  throw new BerthError("invalidParameter", message);
}

export class ServiceManager {
  private readonly socket = process.env.NOTIFY_SOCKET;
  private readonly log: Log;

  constructor(log: Log) {
    this.log = log;
    // For this process only. Its children get `env: process.env`, because without `env` Bun.spawn passes the environment
    // that this process was started with.
    for (const name of ["NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) delete process.env[name];
  }

  /** Notifies the service manager, if there is one. */
  tell(state: "READY=1" | "STOPPING=1"): void {
    if (!this.socket) return;
    try {
      const descriptor = connectDatagram(this.socket);
      try {
        writeSync(descriptor, state);
      } finally {
        closeSync(descriptor);
      }
    } catch (thrown) {
      this.log.warn("failed to notify systemd", { state, reason: messageOf(thrown) });
    }
  }
}
