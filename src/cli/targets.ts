// Commands with several targets: run concurrently, names printed as given and in order, failures at the end.
import { CommandError } from "./failure.ts";
import { failureText } from "./report.ts";
import type { Session } from "./session.ts";

const AT_ONCE = 50;

export interface TargetResult {
  target: string;
  failure: unknown;
}

/** Runs `action` for all targets, at most 50 concurrently; yields results in the order of the targets. */
export async function* inParallel(
  targets: readonly string[],
  action: (target: string) => Promise<unknown>,
): AsyncGenerator<TargetResult> {
  const started: Promise<TargetResult>[] = [];
  const start = (): void => {
    const target = targets[started.length];
    if (target === undefined) return;
    const settle = action(target).then(
      () => ({ target, failure: undefined }),
      (failure: unknown) => ({ target, failure: failure ?? new Error("failed") }),
    );
    started.push(settle);
    void settle.then(start);
  };
  for (let count = 0; count < AT_ONCE; count++) start();
  for (let index = 0; index < targets.length; index++) {
    const result = started[index];
    if (result) yield await result;
  }
}

/** Runs `action` for each target and prints its name. @throws CommandError with the failures, one per line */
export async function forEachTarget(
  session: Session,
  targets: readonly string[],
  action: (target: string) => Promise<unknown>,
): Promise<void> {
  const failures: string[] = [];
  for await (const { target, failure } of inParallel(targets, action)) {
    if (failure === undefined) await session.stdout.line(target);
    else failures.push(failureText(failure));
  }
  if (failures.length > 0) throw new CommandError(failures.join("\n"));
}
