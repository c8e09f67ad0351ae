// A connection to a daemon's socket that was upgraded to HTTP/2, as BuildKit's clients make them.
import { connect, type Socket } from "node:net";

/** @throws when the daemon does not answer 101 */
export async function upgrade(socketPath: string, path: string, headers: readonly string[] = []): Promise<Socket> {
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
  const [first = ""] = received.toString("latin1").split("\r\n");
  if (!first.startsWith("HTTP/1.1 101 ")) {
    socket.destroy();
    throw new Error(received.toString("latin1"));
  }
  return socket;
}
