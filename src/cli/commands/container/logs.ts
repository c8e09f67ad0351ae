// `berth logs`: prints container logs; with several containers, each line has the container's name as prefix.
import { STDERR } from "../../../api/streams.ts";
import type { LogsOptions } from "../../../client/containers.ts";
import type { Berth } from "../../../client/index.ts";
import { frames } from "../../../client/streams.ts";
import { atLeast, command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { prefixedStream } from "../../output/prefixed-lines.ts";
import { failureText } from "../../report.ts";
import type { Session } from "../../session.ts";
import { readPointInTime } from "../../times.ts";

type WriteLog = (chunk: Uint8Array, isError: boolean) => Promise<void>;

async function copyLog(berth: Berth, id: string, tty: boolean, options: LogsOptions, write: WriteLog): Promise<void> {
  const bytes = berth.containers.logBytes(id, options);
  if (tty) for await (const chunk of bytes) await write(chunk, false);
  else for await (const { stream, payload } of frames(bytes)) await write(payload, stream === STDERR);
}

async function showOne(session: Session, berth: Berth, container: string, options: LogsOptions): Promise<void> {
  const { Id, Config } = await berth.containers.inspect(container);
  await copyLog(berth, Id, Config.Tty ?? false, options, (chunk, isError) =>
    (isError ? session.stderr : session.stdout).write(chunk),
  );
}

async function showSeveral(
  session: Session,
  berth: Berth,
  containers: readonly string[],
  options: LogsOptions,
): Promise<void> {
  const width = Math.max(...containers.map((name) => name.length));
  const failures: string[] = [];
  const show = async (container: string, index: number): Promise<void> => {
    const prefixed = prefixedStream(container, () => width, index);
    try {
      const { Id, Config } = await berth.containers.inspect(container);
      await copyLog(berth, Id, Config.Tty ?? false, options, (chunk, isError) =>
        prefixed.write(chunk, isError ? session.stderr : session.stdout),
      );
      await prefixed.end();
    } catch (thrown) {
      failures.push(failureText(thrown));
    }
  };
  // Without --follow, print one container after the other: concurrent reads would interleave old lines at random.
  if (options.follow) await Promise.all(containers.map(show));
  else for (const [index, container] of containers.entries()) await show(container, index);
  if (failures.length > 0) throw new CommandError(failures.join("\n"));
}

export const logs = command({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: atLeast(1),
  complete: ["containers"],
  flags: {
    details: toggle("Show extra details provided to logs"),
    follow: toggle("Follow log output", { short: "f" }),
    since: text('Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)'),
    tail: text("Number of lines to show from the end of the logs", { short: "n", initial: "all" }),
    timestamps: toggle("Show timestamps", { short: "t" }),
    until: text('Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)'),
  },
  examples: [
    ["logs -f --tail 20 web", "The last lines, and all that follow"],
    ["logs -f web db", "Two containers at once, each line behind its name"],
  ],
  async run({ session, flags, args }) {
    const { details, follow, tail, timestamps } = flags;
    const since = readPointInTime(flags.since, "since");
    const until = readPointInTime(flags.until, "until");
    const options = { details, follow, tail, timestamps, since, until };
    const berth = await session.berth();
    const [container = "", ...others] = args;
    if (others.length === 0) await showOne(session, berth, container, options);
    else await showSeveral(session, berth, args, options);
  },
});
