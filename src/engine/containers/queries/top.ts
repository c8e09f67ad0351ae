// `top`: the processes of a container, as the host's ps(1) shows them with the client's options.
import { BerthError } from "../../../api/errors.ts";

const DEFAULT_ARGUMENTS = ["-ef"];
const DEADLINE_MILLISECONDS = 10_000;

/** A table of ps: the headings of its columns, and a row for each process. */
export interface ProcessTable {
  titles: string[];
  processes: string[][];
}

/**
 * @param pids of the container, in the host's numbering
 * @param psArguments as typed; empty is `-ef`
 * @throws BerthError invalidParameter when ps refuses them or does not show the PID column
 */
export async function topOf(pids: ReadonlySet<number>, psArguments: string): Promise<ProcessTable> {
  const words = psArguments.split(/\s+/).filter((word) => word !== "");
  const child = Bun.spawn(["ps", ...(words.length > 0 ? words : DEFAULT_ARGUMENTS)], {
    env: process.env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: DEADLINE_MILLISECONDS,
    killSignal: "SIGKILL",
  });
  const [output, complaint, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) {
    // Usage follows the first line.
    const [reason = ""] = complaint.trim().split("\n", 1);
    throw new BerthError("invalidParameter", `ps: ${reason}`);
  }
  return parsePs(output, pids);
}

/** Splits ps's table: the last column takes the rest of its line. */
export function parsePs(output: string, pids: ReadonlySet<number>): ProcessTable {
  const [heading = "", ...lines] = output.split("\n").filter((line) => line.trim() !== "");
  const titles = heading.trim().split(/\s+/);
  const pidColumn = titles.indexOf("PID");
  if (pidColumn < 0) throw new BerthError("invalidParameter", "Couldn't find PID field in ps output");
  const processes = lines
    .map((line) => splitColumns(line.trim(), titles.length))
    .filter((fields) => pids.has(Number(fields[pidColumn])));
  return { titles, processes };
}

function splitColumns(line: string, count: number): string[] {
  const fields = line.split(/\s+/);
  return fields.length <= count ? fields : [...fields.slice(0, count - 1), fields.slice(count - 1).join(" ")];
}
