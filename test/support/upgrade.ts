// A connection to a daemon's socket upgraded to HTTP/2, as BuildKit clients do.
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";

/** @throws Error if the daemon does not respond with 101 */
export async function upgrade(socketPath: string, path: string, headers: readonly string[] = []): Promise<Duplex> {
  const socket = connect({ path: socketPath });
  const head = [`POST ${path} HTTP/1.1`, "Host: docker", "Connection: Upgrade", "Upgrade: h2c", ...headers, "", ""];
  socket.write(head.join("\r\n"));
  let received = Buffer.alloc(0);
  while (!received.includes("\r\n\r\n")) {
    const chunk = await new Promise<Buffer>((resolve, reject) => {
      socket.once("data", resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("the daemon closed the connection")));
    });
    received = Buffer.concat([received, chunk]);
  }
  socket.pause();
  socket.removeAllListeners();
  if (!received.toString("latin1").startsWith("HTTP/1.1 101 ")) {
    socket.destroy();
    throw new Error(received.toString("latin1"));
  }
  return withStart(socket, received.subarray(received.indexOf("\r\n\r\n") + 4));
}

/** The connection, with the bytes that followed the response. */
function withStart(socket: Socket, start: Buffer): Duplex {
  const duplex = new Duplex({
    read: () => void socket.resume(),
    write: (chunk: Uint8Array, _encoding, done) => void socket.write(chunk, () => done()),
    final(done) {
      socket.end();
      done();
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  if (start.length > 0) duplex.push(start);
  socket.on("data", (chunk: Buffer) => {
    if (!duplex.push(chunk)) socket.pause();
  });
  socket.on("end", () => duplex.push(null));
  socket.on("error", () => {});
  socket.on("close", () => duplex.destroy());
  return duplex;
}
