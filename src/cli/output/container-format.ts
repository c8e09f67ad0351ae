// Detects whether a `--format` of `ps` shows sizes by executing it on an empty container.
import type { ContainerSummary } from "../../api/containers.ts";
import { CommandError } from "../failure.ts";
import { compileEscaped, rowStruct } from "./list-template.ts";
import { containerList } from "./rows/containers.ts";

const NOTHING: ContainerSummary = {
  Id: "",
  Names: [],
  Image: "",
  ImageID: "",
  Command: "",
  Created: 0,
  Ports: [],
  Labels: {},
  State: "created",
  Status: "",
  HostConfig: { NetworkMode: "" },
  NetworkSettings: { Networks: {} },
  Mounts: [],
};

/** @throws CommandError in Docker's words */
function attempt<T>(problem: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    throw new CommandError(`${problem}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

/** Whether the format shows sizes. @throws CommandError when it is invalid */
export function showsSize(format: string): boolean {
  let shows = false;
  const layout = containerList({ short: true, size: false });
  const Size = () => {
    shows = true;
    return "";
  };
  const row = rowStruct({ ...layout, row: (container) => ({ ...layout.row(container), Size }) }, NOTHING);
  const template = attempt("failed to parse template", () => compileEscaped(format));
  attempt("failed to execute template", () => template.render(row));
  return shows;
}
