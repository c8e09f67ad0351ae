// Free TCP ports for test servers.
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below the kernel's ephemeral ports, so that no outgoing connection and no port 0 takes one before the test does. */
const [FIRST, LAST] = [10_000, 32_000];
const given = new Set<number>();

/** A TCP port that nothing on this host listens on at this moment, and that this process has not been given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
