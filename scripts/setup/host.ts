// Prepares the machine for the engine, in order.
import { StepError } from "../step.ts";
import { prepareCgroups } from "./cgroups.ts";
import { enginePackages, imagePackages, installPackages } from "./packages.ts";
import { buildProgram } from "./program.ts";

export async function prepareHost(): Promise<void> {
  if (process.platform !== "linux") throw new StepError("containers need Linux");
  if (process.getuid?.() !== 0) throw new StepError("the engine needs root: run this as root or through sudo");
  await installPackages([...enginePackages, ...imagePackages]);
  await prepareCgroups();
  await buildProgram();
}
