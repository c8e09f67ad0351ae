// The job "export": writes the files of a source to standard output as a tar archive.
import { packTree } from "../archive/tree.ts";
import { writeOutput } from "../files/standard-streams.ts";
import type { Answer, ExportJob } from "./messages.ts";
import { enterSource } from "./source-root.ts";

export function exportJob({ root }: ExportJob, tell: (answer: Answer) => void): void {
  enterSource(root);
  const options = { name: "", withRoot: false, owner: (uid: number, gid: number) => ({ uid, gid }) };
  writeOutput((take) => packTree("/", options, take));
  tell({ type: "done" });
}
