// Clients that send random requests for the same few containers concurrently. Rejections are expected; server errors
// are not.
import type { TestDaemon } from "../../test/support/daemon.ts";

const NAMES = ["contended-1", "contended-2"];
const CREATE = { Image: "busybox", Cmd: ["sh", "-c", "echo begun; exec sleep 1000"], Tty: false };

interface Step {
  method: string;
  path: string;
  body?: unknown;
}

const steps = (name: string): Step[] => [
  { method: "POST", path: `/containers/create?name=${name}`, body: CREATE },
  { method: "POST", path: `/containers/${name}/start` },
  { method: "GET", path: `/containers/${name}/json` },
  { method: "GET", path: `/containers/${name}/logs?stdout=1` },
  { method: "POST", path: `/containers/${name}/pause` },
  { method: "GET", path: `/containers/${name}/stats?stream=0&one-shot=1` },
  { method: "POST", path: `/containers/${name}/unpause` },
  { method: "GET", path: `/containers/${name}/top` },
  { method: "POST", path: `/containers/${name}/rename?name=${name}-renamed` },
  { method: "POST", path: `/containers/${name}-renamed/rename?name=${name}` },
  { method: "POST", path: `/containers/${name}/restart?t=0` },
  { method: "POST", path: `/containers/${name}/stop?t=0` },
  { method: "POST", path: `/containers/${name}/start` },
  { method: "POST", path: `/containers/${name}/kill` },
  { method: "DELETE", path: `/containers/${name}?force=1&v=1` },
  { method: "GET", path: "/containers/json?all=1" },
];

export interface Contention {
  answers: number;
  /** Responses that report an error of the engine. */
  failures: Set<string>;
}

/** One client; runs until stopped. */
export async function contend(daemon: TestDaemon, isOver: () => boolean, seen: Contention): Promise<void> {
  while (!isOver()) {
    for (const { method, path, body } of NAMES.flatMap(steps)) {
      if (isOver()) return;
      const answer = await daemon.request(method, path, body);
      const text = await answer.text();
      seen.answers++;
      if (answer.status >= 500) seen.failures.add(`${method} ${path}: ${answer.status} ${text.trim()}`);
    }
  }
}

export async function removeContended(daemon: TestDaemon): Promise<void> {
  for (const name of NAMES.flatMap((each) => [each, `${each}-renamed`])) {
    await daemon.request("DELETE", `/containers/${name}?force=1&v=1`);
  }
}
