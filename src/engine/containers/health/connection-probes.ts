// Probes that connect to a port from inside the container's network. No process is started, so a probe takes microseconds
// instead of milliseconds.
import { closeSync } from "node:fs";
import { messageOf } from "../../../api/errors.ts";
import { inNetworkNamespace } from "../../../linux/namespaces.ts";
import { beginConnection, isConnected } from "../../../linux/tcp-connect.ts";
import { type ProbedEndpoint, type ProbeOutcome, tooLate } from "./probes.ts";

const MAX_PAUSE_MILLISECONDS = 50;
/** Enough of a response for its status line. */
const ANSWER_LIMIT = 4096;

/** @param namespace the path of the container's network namespace */
export async function probeTcp(
  namespace: string,
  endpoint: ProbedEndpoint,
  timeoutMilliseconds: number,
): Promise<ProbeOutcome> {
  const descriptor = await connection(namespace, endpoint, timeoutMilliseconds);
  if (typeof descriptor !== "number") return descriptor;
  closeSync(descriptor);
  return { exitCode: 0, output: "connected" };
}

/** A response with a status from 200 to 399 is healthy. */
export async function probeHttp(
  namespace: string,
  { endpoint, url }: { endpoint: ProbedEndpoint; url: URL },
  timeoutMilliseconds: number,
): Promise<ProbeOutcome> {
  const deadline = performance.now() + timeoutMilliseconds;
  const descriptor = await connection(namespace, endpoint, timeoutMilliseconds);
  if (typeof descriptor !== "number") return descriptor;
  const answer = await ask(descriptor, url, deadline - performance.now());
  if (answer === undefined) return tooLate(timeoutMilliseconds);
  const [statusLine = ""] = answer.split("\r\n", 1);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? 0);
  if (status === 0) return { exitCode: 1, output: `no HTTP answer: ${JSON.stringify(answer.slice(0, 80))}` };
  return { exitCode: status >= 200 && status < 400 ? 0 : 1, output: statusLine };
}

/** A connected descriptor, or the outcome of the probe when there is none in time. */
async function connection(
  namespace: string,
  { address, port }: ProbedEndpoint,
  timeoutMilliseconds: number,
): Promise<number | ProbeOutcome> {
  const deadline = performance.now() + timeoutMilliseconds;
  let descriptor: number | undefined;
  try {
    const begun = inNetworkNamespace(namespace, () => beginConnection(address, port));
    descriptor = begun;
    for (let pause = 1; !isConnected(begun); pause = Math.min(pause * 2, MAX_PAUSE_MILLISECONDS)) {
      if (performance.now() > deadline) {
        closeSync(begun);
        return tooLate(timeoutMilliseconds);
      }
      await Bun.sleep(pause);
    }
    return begun;
  } catch (thrown) {
    if (descriptor !== undefined) closeSync(descriptor);
    return { exitCode: 1, output: messageOf(thrown) };
  }
}

/** The beginning of the response; undefined when it does not come in time. */
async function ask(descriptor: number, url: URL, milliseconds: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let answer = "";
  const request = `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nUser-Agent: berth-health\r\nAccept: */*\r\nConnection: close\r\n\r\n`;
  const end = () => resolve(answer);
  const socket = await Bun.connect({
    fd: descriptor,
    socket: {
      data: (_socket, bytes) => {
        answer += bytes.toString("latin1");
        if (answer.includes("\r\n") || answer.length > ANSWER_LIMIT) resolve(answer);
      },
      end,
      close: end,
      error: end,
    },
  });
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  socket.write(request);
  const received = await promise;
  clearTimeout(timer);
  socket.terminate();
  return received;
}
