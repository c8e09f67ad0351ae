// Shared by container tests: one daemon per file with a busybox image, and helpers for common requests.
import { afterAll, beforeAll } from "bun:test";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

/** A daemon for all tests of the calling file. */
export function sharedDaemon(config: Record<string, unknown> = {}): () => TestDaemon {
  let daemon: TestDaemon | undefined;
  beforeAll(async () => {
    daemon = await startDaemon({ config });
    await daemon.importBusybox();
  });
  afterAll(() => daemon?.dispose());
  return () => {
    if (!daemon) throw new Error("the daemon has not been started");
    return daemon;
  };
}

/** Creates a container and returns its ID. */
export async function create(daemon: TestDaemon, body: Record<string, unknown>, name = ""): Promise<string> {
  const answer = await daemon.request("POST", `/containers/create?name=${name}`, { Image: "busybox", ...body });
  const { Id, message }: { Id: string; message?: string } = JSON.parse(await answer.text());
  if (answer.status !== 201) throw new Error(`create answered ${answer.status}: ${message}`);
  return Id;
}

/** Creates and starts a container. */
export async function run(daemon: TestDaemon, body: Record<string, unknown>, name = ""): Promise<string> {
  const id = await create(daemon, body, name);
  await post(daemon, `/containers/${id}/start`);
  return id;
}

/** A POST that must succeed. */
export async function post(daemon: TestDaemon, path: string, body?: unknown): Promise<void> {
  const answer = await daemon.request("POST", path, body);
  if (!answer.ok) throw new Error(`POST ${path} answered ${answer.status}: ${await answer.text()}`);
}

export async function statusOf(daemon: TestDaemon, path: string, method = "POST"): Promise<number> {
  const answer = await daemon.request(method, path);
  await answer.text();
  return answer.status;
}

/** The parts of `inspect` the tests look at. */
export interface Inspection {
  Id: string;
  Name: string;
  LogPath: string;
  RestartCount: number;
  State: {
    Status: string;
    Running: boolean;
    Pid: number;
    ExitCode: number;
    OOMKilled: boolean;
    Error: string;
    NextAttempt?: string;
    OutputTruncated?: true;
    Unresponsive?: { Operation: string; Since: string };
    Health?: { Status: string; FailingStreak: number; Log: { ExitCode: number; Output: string }[] };
  };
}

export async function inspect(daemon: TestDaemon, reference: string): Promise<Inspection> {
  const answer = await daemon.request("GET", `/containers/${reference}/json`);
  return JSON.parse(await answer.text());
}

/** Waits until a container ends and returns its exit code. */
export async function exitCode(daemon: TestDaemon, reference: string): Promise<number> {
  const answer = await daemon.request("POST", `/containers/${reference}/wait`);
  const { StatusCode }: { StatusCode: number } = JSON.parse(await answer.text());
  return StatusCode;
}

export async function remove(daemon: TestDaemon, ...references: string[]): Promise<void> {
  await Promise.all(references.map((reference) => daemon.request("DELETE", `/containers/${reference}?force=1&v=1`)));
}

/** Waits until a container has written `text`. */
export async function logged(daemon: TestDaemon, reference: string, text: string): Promise<void> {
  await eventually(`the output ${text}`, async () => {
    const answer = await daemon.request("GET", `/containers/${reference}/logs?stdout=1&stderr=1`);
    return (await answer.text()).includes(text);
  });
}

/** The message of an error response. */
export async function messageOf(answer: Response): Promise<string> {
  const { message }: { message: string } = JSON.parse(await answer.text());
  return message;
}
