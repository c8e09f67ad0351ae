// Commands that run in a container after it starts and before it stops.
import { STDERR } from "../../api/streams.ts";
import { ComposeError } from "../model/compose-error.ts";
import type { Hook } from "../model/schema/build.ts";
import { environmentList } from "./container-request.ts";
import type { Engine } from "./engine.ts";
import type { ObservedContainer } from "./observed.ts";
import { OutputTails } from "./output-tail.ts";

/** Shows a hook's output. The source is the prefix of each line: "shop-web-1 ->". */
export type HookOutput = (source: string, payload: Uint8Array) => Promise<void>;

/** Runs a command of `post_start` or `pre_stop`. @throws ComposeError when it fails */
export async function runHook(
  engine: Pick<Engine, "execs">,
  container: Pick<ObservedContainer, "id" | "name" | "service">,
  hook: Hook,
  output: HookOutput | undefined,
): Promise<void> {
  const { Id } = await engine.execs.create(container.id, {
    AttachStdout: true,
    AttachStderr: true,
    Cmd: hook.command ? [...hook.command] : [],
    User: hook.user,
    Privileged: hook.privileged,
    WorkingDir: hook.working_dir,
    Env: environmentList(hook.environment),
  });
  const stream = await engine.execs.start(Id, {});
  const tails = new OutputTails();
  for await (const { stream: source, payload } of stream.output) {
    (source === STDERR ? tails.error : tails.out).add(payload);
    await output?.(`${container.name} ->`, payload);
  }
  const { ExitCode } = await engine.execs.inspect(Id);
  if (ExitCode === 0) return;
  const said = String(tails);
  const words = `${container.service} hook exited with status ${ExitCode}`;
  throw new ComposeError(said === "" ? words : `${words}: ${said}`);
}
