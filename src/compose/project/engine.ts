// The part of the client that projects use, so that a dry run can replace it.
import type { Berth } from "../../client/index.ts";

type Calls<Group, Name extends keyof Group> = Pick<Group, Name>;

export interface Engine {
  connection: Pick<Berth["connection"], "negotiate">;
  containers: Calls<
    Berth["containers"],
    | "list"
    | "inspect"
    | "create"
    | "start"
    | "stop"
    | "restart"
    | "kill"
    | "pause"
    | "unpause"
    | "remove"
    | "rename"
    | "wait"
    | "waiting"
    | "attach"
    | "logs"
    | "putArchive"
  >;
  networks: Calls<Berth["networks"], "list" | "inspect" | "create" | "connect" | "disconnect" | "remove">;
  volumes: Calls<Berth["volumes"], "list" | "inspect" | "create" | "remove">;
  images: Calls<Berth["images"], "inspect" | "remove" | "list" | "prune">;
  execs: Calls<Berth["execs"], "create" | "start" | "inspect">;
  system: Calls<Berth["system"], "events" | "info">;
}
