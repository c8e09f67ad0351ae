// How much a directory holds, counted by du(1): what is behind a hard link counts once.
import { BerthError } from "../api/errors.ts";

/** Bytes of content below `path`, itself included; 0 when it is not there. */
export async function directorySize(path: string): Promise<number> {
  const child = Bun.spawn(["du", "--summarize", "--apparent-size", "--block-size=1", "--one-file-system", path], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, complaint] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const size = /^(\d+)\s/.exec(output)?.[1];
  if (size !== undefined) return Number(size);
  // Files may vanish while they are counted; a directory that is gone altogether has no line of its own.
  if (complaint.includes("No such file or directory")) return 0;
  throw new BerthError("internal", `du could not measure ${path}: ${complaint.trim()}`);
}
