// Translates RUN into a vertex.
import { BerthError } from "../../../api/errors.ts";
import type { Stage } from "../../../dockerfile/dockerfile.ts";
import type { Instruction, RunInstruction } from "../../../dockerfile/instruction.ts";
import type { BuildVertex } from "../graph/vertex.ts";
import { commandOf, ExecOperation } from "../steps/exec.ts";
import type { ExecMount } from "../steps/exec-mounts.ts";
import { readMount } from "../steps/run-mounts.ts";
import { displayOf } from "./display.ts";
import { filesOf } from "./files.ts";
import type { TranslationOptions } from "./options.ts";
import type { StageState } from "./stage-state.ts";

/** Host name of step containers, as in BuildKit. */
const HOSTNAME = "buildkitsandbox";

/** Adds the vertex of a RUN to a stage. @throws BerthError */
export async function exec(
  options: TranslationOptions,
  stage: Stage,
  state: StageState,
  instruction: Instruction<RunInstruction>,
): Promise<void> {
  const { request, entitlements } = options;
  const isInsecure = instruction.security === "insecure";
  if (isInsecure && !entitlements.securityInsecure) throw notAllowed("security.insecure");
  if (instruction.network === "host" && !entitlements.networkHost) throw notAllowed("network.host");
  if (instruction.devices.length > 0) {
    const names = instruction.devices.join(", ");
    throw new BerthError("notImplemented", `RUN --device=${names}: devices by CDI are not supported by this engine`);
  }
  const command = commandOf(instruction, state.config);
  const { mounts, others } = await mountsOf(options, stage, state, instruction.mounts);
  const names = state.variableNames();
  const operation = new ExecOperation({
    command,
    config: state.config,
    variables: state.arguments.variables(names),
    significantVariables: state.arguments.recorded(names),
    mounts,
    network: instruction.network,
    isInsecure,
    hostname: request.frontend.type === "classic" ? "" : (request.arguments.BUILDKIT_SANDBOX_HOSTNAME ?? HOSTNAME),
    describe: options.history.executed(state, instruction, command),
  });
  const secretNames = mounts.flatMap(({ mount }) => (mount.variable !== "" ? [mount.variable] : []));
  state.append({ ...displayOf(options, stage, state, instruction, secretNames), operation, others });
}

async function mountsOf(
  options: TranslationOptions,
  stage: Stage,
  state: StageState,
  texts: readonly string[],
): Promise<{ mounts: ExecMount[]; others: BuildVertex[] }> {
  const mounts: ExecMount[] = [];
  const others: BuildVertex[] = [];
  for (const each of texts) {
    const text = state.expand(each);
    const mount = readMount(each, state.config.WorkingDir, (value) => state.expand(value));
    if (mount.type === "ssh" && options.request.frontend.type === "classic") {
      throw new BerthError(
        "notImplemented",
        "RUN --mount=type=ssh takes an agent that BuildKit's client forwards, which this builder does not know",
      );
    }
    const showsFiles = mount.type === "bind" || (mount.type === "cache" && mount.from !== "");
    if (showsFiles && mount.from === "") {
      options.contextPaths.add(mount.source || "/");
      others.push(options.context);
    } else if (showsFiles) others.push(await filesOf(options, stage, mount.from));
    // The first input is the root.
    mounts.push({ mount, text, input: showsFiles ? others.length : undefined });
  }
  return { mounts, others };
}

const notAllowed = (entitlement: string): BerthError =>
  new BerthError("invalidParameter", `${entitlement} is not allowed`);
