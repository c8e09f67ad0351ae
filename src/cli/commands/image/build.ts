// `berth build`: builds an image from a Dockerfile and its context.

import { rmSync, writeFileSync } from "node:fs";
import type { ProgressLine } from "../../../api/images.ts";
import { parseReference } from "../../../api/references.ts";
import type { Bytes } from "../../../client/streams.ts";
import { compressed } from "../../build/archive.ts";
import { openContext } from "../../build/context.ts";
import { displayFor } from "../../build/display/display.ts";
import { showBuild } from "../../build/display/show.ts";
import { type BuildValues, buildFlags, buildOptions, graphOptions, localContexts } from "../../build/flags.ts";
import { writeBuildOutput } from "../../build/output.ts";
import { type Screen, showSending } from "../../build/sending.ts";
import type { BuildSession } from "../../build/session/session.ts";
import { streamOf } from "../../byte-stream.ts";
import { command, exactly } from "../../command.ts";
import { setting } from "../../config/environment.ts";
import { proxyVariables } from "../../container-spec/environment.ts";
import { allCredentials } from "../../credentials/store.ts";
import { CommandError } from "../../failure.ts";
import { pushImage } from "../../image-push.ts";
import type { Output } from "../../output/output.ts";
import { type ProgressStream, showPlain, showProgress } from "../../output/progress.ts";
import { transferMeter } from "../../output/transfer-meter.ts";
import { failureText } from "../../report.ts";
import type { Session } from "../../session.ts";

/** Removes a file of an earlier build, which could be mistaken for this build's result. */
function removeIdFile(path: string): void {
  try {
    if (path !== "") rmSync(path, { force: true });
  } catch (thrown) {
    throw new CommandError(`Removing image ID file: ${failureText(thrown)}`);
  }
}

function writeIdFile(path: string, id: string): void {
  if (id === "") throw new CommandError(`Server did not provide an image ID. Cannot write ${path}`);
  try {
    writeFileSync(path, id);
  } catch {
    throw new CommandError(`open ${path}: no such file or directory`);
  }
}

function idOf(auxiliary: unknown): string {
  const isResult = typeof auxiliary === "object" && auxiliary !== null && "ID" in auxiliary;
  return isResult && typeof auxiliary.ID === "string" ? auxiliary.ID : "";
}

/** Buffers the output of a quiet build, to print it when the build fails. */
class BufferedOutput {
  readonly isTerminal = false;
  text = "";

  async write(text: string | Uint8Array): Promise<void> {
    this.text += text;
  }

  line(text: string): Promise<void> {
    return this.write(`${text}\n`);
  }
}

/**
 * @param sending receives the upload progress of the context, for the classic builder
 * @param buildSession what the engine may ask for while it builds
 */
async function start(
  session: Session,
  place: string,
  flags: BuildValues,
  { sending, buildSession }: { sending?: Screen; buildSession?: BuildSession | undefined },
): Promise<ProgressStream> {
  const metering = (bytes: Bytes, total: number | undefined): Bytes => metered(session.stderr, bytes, total);
  const { archive, dockerfile } = await openContext(place, flags.file, metering);
  const [berth, configuration, credentials] = await Promise.all([
    session.berth(),
    session.configuration(),
    allCredentials(session),
  ]);
  const options = buildOptions(flags, proxyVariables(configuration, berth.connection.host, flags["build-arg"]));
  let failure: unknown;
  const bytes = flags.compress ? compressed(archive) : archive;
  const body = streamOf(sending ? showSending(sending, bytes) : bytes, (thrown) => {
    failure = thrown;
  });
  const graph = sending ? undefined : { ...graphOptions(flags), session: buildSession?.id };
  const lines = berth.images.build(body, {
    ...options,
    quiet: sending && options.quiet,
    dockerfile,
    credentials,
    graph,
  });
  return withReason(lines, () => failure);
}

async function* metered(out: Output, bytes: Bytes, total: number | undefined): AsyncGenerator<Uint8Array> {
  const meter = transferMeter(out, "Downloading", total);
  yield* meter.counting(bytes);
  meter.end();
}

/** When a request body fails, only the body knows the reason. */
async function* withReason(lines: ProgressStream, reason: () => unknown): AsyncGenerator<ProgressLine> {
  try {
    yield* lines;
  } catch (thrown) {
    throw reason() ?? thrown;
  }
}

/** Chooses the stream for progress: standard error when the build's result goes to standard output. */
function screenOf({ stdout, stderr }: Session, { output }: BuildValues): Output {
  return output.some((each) => each.type === "tar" && each.file === "") ? stderr : stdout;
}

/** Whether DOCKER_BUILDKIT=0 selects the classic builder. */
export const isClassic = (): boolean => ["0", "false"].includes(setting("BUILDKIT") ?? "");

/**
 * Returns the image's ID.
 * @param screen receives the progress
 * @throws CommandError with the exit code of the failed step
 */
export async function build(
  session: Session,
  place: string,
  flags: BuildValues,
  screen: Output = session.stderr,
): Promise<string> {
  if (isClassic()) return buildClassically(session, place, flags);
  if (flags.annotation.length > 0) {
    await session.stderr.line("WARNING: this engine does not store annotations; use labels (--label)");
  }
  const display = displayFor(flags.quiet ? "quiet" : flags.progress, screen);
  const buildSession = await sessionFor(session, flags);
  try {
    const lines = await start(session, place, flags, { buildSession });
    return await report(session, flags, await showBuild(lines, display, screen));
  } finally {
    buildSession?.close();
  }
}

/** The build's own session, where the flags need one. */
async function sessionFor(session: Session, flags: BuildValues): Promise<BuildSession | undefined> {
  const directories = localContexts(flags);
  if (directories.size === 0 && flags.ssh.size === 0) return undefined;
  const [{ openSession }, { startAgents }] = await Promise.all([
    import("../../build/session/session.ts"),
    import("../../build/session/agents.ts"),
  ]);
  const { connection } = await session.berth();
  return openSession(connection, { directories, agents: await startAgents(flags.ssh) });
}

async function report(
  session: Session,
  flags: BuildValues,
  { id, metadata, call }: Awaited<ReturnType<typeof showBuild>>,
): Promise<string> {
  if (call) return reportCall(session, call);
  if (flags["metadata-file"] !== "") writeMetadata(flags["metadata-file"], metadata);
  if (flags.quiet) await screenOf(session, flags).line(id);
  return id;
}

/** Prints the answer to `--call`. @throws CommandError with its exit code */
async function reportCall({ stdout }: Session, call: Readonly<Record<string, string>>): Promise<string> {
  const isFailed = (call["result.statuscode"] ?? "0") !== "0";
  const text = call["result.txt"] ?? "";
  // Only checks have a status. Without warnings, a failed one has an error to report.
  const isCheck = call["result.statuscode"] !== undefined;
  if (isCheck && (!isFailed || /^WARNING: /m.test(text))) await stdout.line(`Check complete, ${foundText(text)}`);
  await stdout.write(text);
  if (isFailed) throw new CommandError("", 1);
  return "";
}

function foundText(text: string): string {
  const count = text.match(/^WARNING: /gm)?.length ?? 0;
  if (count === 0) return "no warnings found.";
  return `${count} warning${count === 1 ? " has" : "s have"} been found!`;
}

function writeMetadata(path: string, metadata: Readonly<Record<string, string>>): void {
  try {
    writeFileSync(path, `${JSON.stringify(metadata, null, 2)}\n`);
  } catch (thrown) {
    throw new CommandError(`failed to write the metadata: ${failureText(thrown)}`);
  }
}

async function buildClassically(session: Session, place: string, flags: BuildValues): Promise<string> {
  refuseNewer(flags);
  if (flags.quiet) return buildQuietly(session, place, flags);
  const screen = screenOf(session, flags);
  let id = "";
  await showProgress(await start(session, place, flags, { sending: screen }), screen, (auxiliary) => {
    id = idOf(auxiliary);
  });
  return id;
}

/** @throws CommandError for what only the build graph can do */
function refuseNewer(flags: BuildValues): void {
  const lists = ["allow", "annotation", "build-context", "no-cache-filter"] as const;
  const name = lists.find((each) => flags[each].length > 0) ?? (flags.ssh.size > 0 ? "ssh" : undefined);
  if (name !== undefined) throw new CommandError(`--${name} is not supported with DOCKER_BUILDKIT=0`);
}

/** Quiet mode: prints only the image's ID, or the whole output when the build fails. */
async function buildQuietly(session: Session, place: string, flags: BuildValues): Promise<string> {
  const sending = new BufferedOutput();
  const output = new BufferedOutput();
  try {
    await showPlain(await start(session, place, flags, { sending }), output, () => {});
  } catch (thrown) {
    await session.stderr.write(sending.text + output.text);
    throw thrown;
  }
  await screenOf(session, flags).write(output.text);
  return output.text;
}

export const buildImage = command({
  usage: "[OPTIONS] PATH | URL | -",
  arity: exactly(1),
  complete: ["directories"],
  flags: buildFlags(),
  examples: [
    ["build -t mine:1.0 .", "What the Dockerfile of this directory describes"],
    ["build -t mine - < Dockerfile", "A Dockerfile that needs no files"],
    ["build -o out .", "The files of the image, into a directory"],
    ["build https://github.com/me/app.git#main:docker", "A directory of a branch"],
  ],
  async run({ session, flags, args }) {
    const [place = ""] = args;
    removeIdFile(flags.iidfile);
    const id = await build(session, place, flags);
    if (flags.check || flags.call !== "build") return;
    if (flags.iidfile !== "") writeIdFile(flags.iidfile, id);
    for (const output of flags.output) await writeBuildOutput(session, id.trim(), output);
    if (!flags.push) return;
    for (const name of flags.tag) {
      await pushImage(session, parseReference(name), { progress: flags.quiet ? undefined : session.stdout });
    }
  },
});
