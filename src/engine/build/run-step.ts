// RUN: a command in a container of the image so far, whose changes become a layer.
import { writeFileSync } from "node:fs";
import type { ContainerConfig } from "../../api/containers.ts";
import { BerthError } from "../../api/errors.ts";
import type { MountSpec } from "../../api/host-configuration.ts";
import { wordsOf } from "../../dockerfile/configuration.ts";
import type { Stage } from "../../dockerfile/dockerfile.ts";
import type { RunInstruction } from "../../dockerfile/instruction.ts";
import { documentName } from "../../dockerfile/lines.ts";
import type { Container } from "../containers/container.ts";
import { shortId } from "./output.ts";
import { openMounts, prepareMounts } from "./run-mount-sources.ts";
import type { StageState } from "./stage.ts";
import type { Steps } from "./step.ts";

/** Where the shell finds a script that names its own interpreter. */
const SCRIPT_DIRECTORY = "/dev/pipes";
/** A container's kernel and engine need no trace of a step. */
const NO_LOG = { Type: "none" };

interface Command {
  words: string[];
  /** A script to be mounted. */
  script?: { path: string; content: string };
}

export async function runStep(
  steps: Steps,
  stage: Stage,
  state: StageState,
  instruction: RunInstruction,
): Promise<void> {
  if (state.image === undefined) {
    throw new BerthError("invalidParameter", "there is nothing to run a command in: the stage is made from scratch");
  }
  if (instruction.security === "insecure") {
    throw new BerthError("invalidParameter", "security.insecure is not allowed");
  }
  const command = commandOf(instruction, state.config);
  const mounts = await prepareMounts(steps, stage, state, instruction.mounts);
  const names = state.variableNames();
  const told = state.arguments.told(names);
  const createdBy = [
    ...(told.length > 0 ? [`|${told.length}`, ...told] : []),
    ...command.words,
    ...(command.script ? [`# ${command.script.content}`] : []),
    ...mounts.map((mount) => `# --mount=${mount.told}`),
    ...(instruction.network === "" ? [] : [`# --network=${instruction.network}`]),
  ].join(" ");
  if (await steps.isCached(state, createdBy)) return;
  const opened = await openMounts(steps, mounts);
  const script = command.script ? mountScript(steps, command.script) : [];
  const specs = [...opened.mounts, ...script];
  try {
    const container = create(steps, state, command, { ...opened, mounts: specs }, instruction.network);
    await new StepRun(steps, container, command.words).toEnd(async () => {
      const mountPoints = [...specs, ...opened.secrets].map(({ Target = "" }) => Target);
      const isTaken = steps.parts.request.removes || steps.parts.request.removesFailed;
      await steps.commit(state, { createdBy, layer: { upper: container.paths.upper, mountPoints, isTaken } });
    });
  } finally {
    opened.release();
  }
}

/** The words that are run, with here-documents where the shell or the kernel wants them. */
function commandOf({ command, documents }: RunInstruction, config: ContainerConfig): Command {
  const [first] = documents;
  if (command.form === "exec" || first === undefined) return { words: wordsOf(command, config) };
  const isScript = documents.length === 1 && documentName(command.line) !== undefined;
  if (!isScript) {
    const line = [command.line, ...documents.map(({ content, name }) => `${content}${name}`)].join("\n");
    return { words: wordsOf({ form: "shell", line }, config) };
  }
  if (!first.content.startsWith("#!")) return { words: wordsOf({ form: "shell", line: first.content }, config) };
  const path = `${SCRIPT_DIRECTORY}/${first.name}`;
  return { words: [path], script: { path, content: first.content } };
}

function mountScript(steps: Steps, { path, content }: NonNullable<Command["script"]>): MountSpec[] {
  const file = steps.newPath();
  writeFileSync(file, content, { mode: 0o755 });
  return [{ Type: "bind", Source: file, Target: path, ReadOnly: true }];
}

function create(
  steps: Steps,
  state: StageState,
  command: Command,
  opened: Omit<Awaited<ReturnType<typeof openMounts>>, "release">,
  network: string,
): Container {
  const { host, request, output } = steps.parts;
  const { Volumes: _volumes, ExposedPorts: _ports, OnBuild: _triggers, Hostname: _hostname, ...config } = state.config;
  const { Id, Warnings } = host.containers.createBuildStep({
    ...config,
    Image: state.image?.id ?? "",
    Cmd: command.words,
    Entrypoint: [""],
    Env: [...(config.Env ?? []), ...state.arguments.variables(state.variableNames()), ...opened.variables],
    Healthcheck: { Test: ["NONE"] },
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      ...request.hostConfig,
      ...(network === "" || network === "default" ? {} : { NetworkMode: network }),
      LogConfig: NO_LOG,
      Mounts: opened.mounts,
      Secrets: opened.secrets,
    },
  });
  for (const warning of Warnings) output.line(` ---> [Warning] ${warning}`);
  output.line(` ---> Running in ${shortId(Id)}`);
  return host.containers.get(Id);
}

/** One run of a step's container. */
class StepRun {
  private readonly steps: Steps;
  private readonly container: Container;
  private readonly words: readonly string[];

  constructor(steps: Steps, container: Container, words: readonly string[]) {
    this.steps = steps;
    this.container = container;
    this.words = words;
  }

  /** Runs it, and `whenDone` once it has ended well; then, or when it failed, the container goes if it is to. */
  async toEnd(whenDone: () => Promise<void>): Promise<void> {
    const { request } = this.steps.parts;
    try {
      await this.run();
      await whenDone();
    } catch (thrown) {
      await this.leave(request.removesFailed || this.steps.parts.signal.aborted);
      throw thrown;
    }
    await this.leave(request.removes || request.removesFailed);
  }

  private async run(): Promise<void> {
    const { container, words } = this;
    const { host, output, signal } = this.steps.parts;
    signal.throwIfAborted();
    const exit = container.nextExit();
    const { output: frames } = await container.stdio.attach({ stdout: true, stderr: true, framed: true });
    const stop = (): void => void this.remove();
    signal.addEventListener("abort", stop, { once: true });
    try {
      const passed = output.pass(frames);
      // Met where it is awaited; a start that fails comes first.
      passed.catch(() => {});
      await host.containers.lifeCycle.start(container);
      await passed;
      const { code } = await exit;
      signal.throwIfAborted();
      if (code !== 0) throw new StepFailure(words, code);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  private async leave(isRemoved: boolean): Promise<void> {
    const { host, output } = this.steps.parts;
    if (!isRemoved) {
      host.containers.keepBuildStep(this.container);
      return;
    }
    await this.remove();
    output.line(`Removing intermediate container ${shortId(this.container.id)}`);
  }

  private async remove(): Promise<void> {
    const { containers, log } = this.steps.parts.host;
    try {
      await containers.remove(this.container, this.container.id, { force: true, volumes: true });
    } catch (thrown) {
      if (!this.container.isRemoved) log.warn("a build's container was not removed", { reason: String(thrown) });
    }
  }
}

/** A command that ended with another status than 0. */
export class StepFailure extends BerthError {
  readonly commandStatus: number;

  constructor(words: readonly string[], code: number) {
    super("internal", `The command '${words.join(" ")}' returned a non-zero code: ${code}`);
    this.commandStatus = code;
  }
}
