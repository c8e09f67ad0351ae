// What Compose knows and this program does not do: refused by name before anything is made.
import type { Project } from "../../../compose/model/project.ts";
import { CommandError } from "../../failure.ts";

/** @throws CommandError */
export function refuseUnsupported(project: Project): void {
  for (const { name, models } of project.services.values()) {
    const refuse = (attribute: string, reason: string): never => {
      throw new CommandError(`services.${name}.${attribute} is not supported by Berth: ${reason}`);
    };
    if (models && Object.keys(models).length > 0) refuse("models", "it needs Docker's model runner");
  }
}
