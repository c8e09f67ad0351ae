// SO_PEERCRED of getsockopt(2): the process at the other end of a unix socket.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { checked, LIBC } from "./libc.ts";

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** struct ucred: pid, uid, gid, each 32 bits. */
const UCRED_LENGTH = 12;

const libc = dlopen(LIBC, {
  getsockopt: {
    args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.ptr],
    returns: FFIType.i32,
  },
}).symbols;

export interface PeerCredentials {
  pid: number;
  uid: number;
  gid: number;
}

/** The credentials of the peer at the time it connected. */
export function peerCredentials(descriptor: number): PeerCredentials {
  const credentials = new Int32Array(UCRED_LENGTH / 4);
  const length = new Uint32Array([UCRED_LENGTH]);
  checked(
    libc.getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, ptr(credentials), ptr(length)),
    "getsockopt",
    "SO_PEERCRED",
  );
  const [pid = 0, uid = 0, gid = 0] = credentials;
  return { pid, uid, gid };
}
