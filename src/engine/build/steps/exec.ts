// RUN: runs a command in a container; its changes become a layer.
import { writeFileSync } from "node:fs";
import type { ContainerConfig } from "../../../api/container-config.ts";
import { overrideVariables } from "../../../api/environment.ts";
import { BerthError } from "../../../api/errors.ts";
import { FRAME_HEADER_LENGTH, STDERR } from "../../../api/streams.ts";
import { configurationOf } from "../../../docker/container-config.ts";
import { wordsOf } from "../../../dockerfile/configuration.ts";
import type { RunInstruction } from "../../../dockerfile/instruction.ts";
import { documentName } from "../../../dockerfile/lines.ts";
import type { Mount } from "../../containers/configuration/mounts.ts";
import type { NetworkMode } from "../../containers/configuration/namespace-modes.ts";
import type { Container } from "../../containers/container.ts";
import type { LayerSource } from "../../images/derive.ts";
import type { VertexResult } from "../graph/result.ts";
import type { StepExecution } from "../graph/step-execution.ts";
import type { PreparedStep, StepDescription, StepOperation } from "../graph/vertex.ts";
import { now } from "../moments.ts";
import { BuildError, type Frontend } from "../solve-request.ts";
import { type ExecMount, openMounts, type PreparedMount, prepareMounts } from "./exec-mounts.ts";

/** Mount point for a script with its own interpreter. */
const SCRIPT_DIRECTORY = "/dev/pipes";
/** A step's output goes to the build's client; no log is kept. */
const NO_LOG = { driver: "none" };

export interface Command {
  words: string[];
  /** A script to be mounted. */
  script?: { path: string; content: string };
}

export interface ExecOptions {
  command: Command;
  /** The current image configuration: user, directory, variables. */
  config: ContainerConfig;
  /** Build arguments visible to the command, each "name=value". */
  variables: readonly string[];
  /** Those of them that affect the result: proxies do not. */
  significantVariables: readonly string[];
  mounts: readonly ExecMount[];
  network: string;
  /** Whether the container is privileged. */
  isInsecure: boolean;
  /** "" generates one. */
  hostname: string;
  /** The entry in the image's history, once the content of the mounts is known. */
  describe(mounts: readonly PreparedMount[]): StepDescription;
}

export class ExecOperation implements StepOperation {
  readonly type = "step";
  readonly definition: unknown;
  private readonly options: ExecOptions;

  constructor(options: ExecOptions) {
    const { command, config, significantVariables, mounts, network, isInsecure, hostname } = options;
    this.options = options;
    this.definition = {
      type: "exec",
      command,
      env: overrideVariables(config.Env ?? [], significantVariables),
      user: config.User ?? "",
      directory: config.WorkingDir ?? "",
      mounts: mounts.map(({ text }) => text),
      network,
      isInsecure,
      hostname,
    };
  }

  async prepare(inputs: readonly VertexResult[], execution: StepExecution): Promise<PreparedStep> {
    const [root] = inputs;
    const parent = root?.type === "image" ? root.image : undefined;
    if (parent === undefined) {
      throw new BerthError("invalidParameter", "there is nothing to run a command in: the stage is made from scratch");
    }
    const { command, mounts, describe } = this.options;
    const prepared = await prepareMounts(execution, mounts, inputs);
    return {
      content: prepared.map(({ shown }) => shown?.digest ?? "").join(","),
      description: describe(prepared),
      execute: async (running, commit) => {
        const opened = await openMounts(running, prepared);
        const script = command.script ? mountScript(running, command.script) : [];
        const specs = [...opened.mounts, ...script];
        try {
          const container = this.create(running, parent.id, { ...opened, mounts: specs });
          const mountPoints = [...specs, ...opened.secrets].map(({ target = "" }) => target);
          await new ContainerRun(running, container, command.words).toEnd(mountPoints, commit);
        } finally {
          opened.release();
        }
      },
    };
  }

  private create(
    { services, request, emit }: StepExecution,
    imageId: string,
    opened: Omit<Awaited<ReturnType<typeof openMounts>>, "release">,
  ): Container {
    const { command, network, variables, isInsecure, hostname } = this.options;
    const { Volumes: _volumes, ExposedPorts: _ports, OnBuild: _triggers, ...rest } = this.options.config;
    const { Hostname: _hostname, ...config } = rest;
    const { id, warnings } = services.containers.createBuildStep({
      config: {
        ...configurationOf(config),
        ...(hostname === "" ? {} : { hostname }),
        image: imageId,
        cmd: command.words,
        entrypoint: [""],
        env: overrideVariables(config.Env ?? [], [...variables, ...opened.variables]),
        healthCheck: { test: ["NONE"] },
        attachStdout: true,
        attachStderr: true,
      },
      host: {
        ...request.hostConfig,
        ...(network === "" || network === "default" ? {} : { networkMode: networkModeOf(network) }),
        ...(isInsecure ? { privileged: true } : {}),
        log: NO_LOG,
        mounts: opened.mounts,
        secrets: opened.secrets,
      },
    });
    emit({ type: "container", id, state: "running", warnings });
    return services.containers.get(id);
  }
}

/** Parses `--network` of a RUN instruction. */
function networkModeOf(word: string): NetworkMode {
  return word === "host" || word === "none" ? word : { network: word };
}

/** The arguments to run, with here-documents passed to the shell or as a script. */
export function commandOf({ command, documents }: RunInstruction, config: ContainerConfig): Command {
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

function mountScript(execution: StepExecution, { path, content }: NonNullable<Command["script"]>): Mount[] {
  const file = execution.newPath();
  writeFileSync(file, content, { mode: 0o755 });
  return [{ type: "bind", source: file, target: path, readOnly: true }];
}

/** One run of a step's container. */
class ContainerRun {
  private readonly execution: StepExecution;
  private readonly container: Container;
  private readonly words: readonly string[];

  constructor(execution: StepExecution, container: Container, words: readonly string[]) {
    this.execution = execution;
    this.container = container;
    this.words = words;
  }

  /** Runs the container, commits its changes on success, and removes it unless the client keeps containers. */
  async toEnd(mountPoints: string[], commit: (layer: LayerSource) => Promise<void>): Promise<void> {
    const { frontend } = this.execution.request;
    const keeps = frontend.type === "classic" && frontend.keepsContainers;
    const keepsFailed = frontend.type === "classic" && frontend.keepsFailedContainers;
    try {
      await this.run(frontend);
      // A kept container keeps its files: copy them instead.
      await commit({ upper: this.container.paths.upper, mountPoints, isTaken: !keeps });
    } catch (thrown) {
      await this.leave(!keepsFailed || this.execution.signal.aborted);
      throw thrown;
    }
    await this.leave(!keeps);
  }

  private async run(frontend: Frontend): Promise<void> {
    const { container, words } = this;
    const { services, signal } = this.execution;
    signal.throwIfAborted();
    const exit = container.nextExit();
    const { output: frames } = await container.stdio.attach({ stdout: true, stderr: true, framed: true });
    const stop = (): void => void this.remove();
    signal.addEventListener("abort", stop, { once: true });
    try {
      const passed = this.pass(frames);
      // Awaited below; a failed start is reported first.
      passed.catch(() => {});
      await services.containers.lifecycle.start(container);
      await passed;
      const { code } = await exit;
      signal.throwIfAborted();
      if (code !== 0) throw commandFailure(frontend, words, code);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** Forwards the container's output. */
  private async pass(frames: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const { stream, payload } of unframed(frames)) {
      this.execution.emit({
        type: "log",
        stream: stream === STDERR ? "stderr" : "stdout",
        data: payload,
        time: now(),
      });
      await this.execution.ready();
    }
  }

  private async leave(isRemoved: boolean): Promise<void> {
    if (!isRemoved) {
      this.execution.services.containers.keepBuildStep(this.container);
      return;
    }
    await this.remove();
    this.execution.emit({ type: "container", id: this.container.id, state: "removed", warnings: [] });
  }

  private async remove(): Promise<void> {
    const { containers, log } = this.execution.services;
    try {
      await containers.remove(this.container, this.container.id, { force: true, volumes: true });
    } catch (thrown) {
      if (!this.container.isRemoved) log.warn("failed to remove build container", { reason: String(thrown) });
    }
  }
}

async function* unframed(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ stream: number; payload: Uint8Array }, void, void> {
  let pending = Buffer.alloc(0);
  for await (const chunk of chunks) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= FRAME_HEADER_LENGTH) {
      const end = FRAME_HEADER_LENGTH + pending.readUInt32BE(4);
      if (pending.length < end) break;
      yield { stream: pending[0] ?? 0, payload: pending.subarray(FRAME_HEADER_LENGTH, end) };
      pending = pending.subarray(end);
    }
  }
}

function commandFailure({ type }: Frontend, words: readonly string[], exitCode: number): BuildError {
  const command = words.join(" ");
  const message =
    type === "classic"
      ? `The command '${command}' returned a non-zero code: ${exitCode}`
      : `process "${command}" did not complete successfully: exit code: ${exitCode}`;
  return new BuildError("internal", message, { exitCode });
}
