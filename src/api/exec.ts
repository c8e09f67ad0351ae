// API types of execs: further processes in running containers.
import * as v from "valibot";
import { uint64 } from "./fields.ts";

export const createExecSchema = v.object({
  AttachStdin: v.optional(v.boolean()),
  AttachStdout: v.optional(v.boolean()),
  AttachStderr: v.optional(v.boolean()),
  ConsoleSize: v.optional(v.tuple([uint64, uint64])),
  DetachKeys: v.optional(v.string()),
  Tty: v.optional(v.boolean()),
  Env: v.optional(v.array(v.string())),
  Cmd: v.optional(v.array(v.string())),
  Privileged: v.optional(v.boolean()),
  User: v.optional(v.string()),
  WorkingDir: v.optional(v.string()),
});
export type CreateExecRequest = v.InferOutput<typeof createExecSchema>;

export const startExecSchema = v.object({
  Detach: v.optional(v.boolean()),
  Tty: v.optional(v.boolean()),
  ConsoleSize: v.optional(v.tuple([uint64, uint64])),
});
export type StartExecRequest = v.InferOutput<typeof startExecSchema>;

export interface CreateExecAnswer {
  Id: string;
}

export interface ExecInspect {
  ID: string;
  Running: boolean;
  ExitCode: number | null;
  ProcessConfig: { tty: boolean; entrypoint: string; arguments: string[]; privileged: boolean; user?: string };
  OpenStdin: boolean;
  OpenStderr: boolean;
  OpenStdout: boolean;
  CanRemove: boolean;
  ContainerID: string;
  DetachKeys: string;
  Pid: number;
  /** Berth extension: processes that outlived the exec kept its output open; their later output is lost. */
  OutputTruncated?: true;
}
