// Which namespaces a container has: its own, the host's, or another container's.
import * as v from "valibot";

/** By name or ID. */
const joinedSchema = v.object({ container: v.string() });
export type JoinedContainer = v.InferOutput<typeof joinedSchema>;

/** `network` is the name or ID of the network on which a namespace of its own has its first endpoint. */
export const networkModeSchema = v.union([
  v.picklist(["host", "none"]),
  joinedSchema,
  v.object({ network: v.string() }),
]);
export type NetworkMode = v.InferOutput<typeof networkModeSchema>;

export const pidModeSchema = v.union([v.picklist(["private", "host"]), joinedSchema]);
export type PidMode = v.InferOutput<typeof pidModeSchema>;

/** "shareable": others may join; "none": without /dev/shm. */
export const ipcModeSchema = v.union([v.picklist(["none", "private", "shareable", "host"]), joinedSchema]);
export type IpcMode = v.InferOutput<typeof ipcModeSchema>;

/** Of the UTS, user and cgroup namespaces. "private" for the user namespace is what the engine's user mapping says. */
export const ownOrHostSchema = v.picklist(["private", "host"]);
export type OwnOrHost = v.InferOutput<typeof ownOrHostSchema>;
