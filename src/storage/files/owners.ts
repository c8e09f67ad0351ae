// Owners on disk and owners in a container, which differ when the container has a user namespace of its own.
import type { IdMappings } from "../user-mapping.ts";
import type { Owners } from "./messages.ts";

type Ranges = Owners["uids"];
type Owner = (uid: number, gid: number) => { uid: number; gid: number };

/** What the kernel shows for an id that has no place in a namespace. Source: user_namespaces(7). */
const OVERFLOW_ID = 65534;

/** How the files of a container with this mapping look to the host; without one, as they are. */
export function ownersOf(mapping: IdMappings | undefined): Owners {
  return { uids: [...(mapping?.uids ?? [])], gids: [...(mapping?.gids ?? [])] };
}

/** As seen in the container; without ranges both are the same. */
export function ownerInside({ uids, gids }: Owners): Owner {
  return (uid, gid) => ({
    uid: shift(uids, uid, "outside", "inside"),
    gid: shift(gids, gid, "outside", "inside"),
  });
}

/** As kept on disk. */
export function ownerOutside({ uids, gids }: Owners): Owner {
  return (uid, gid) => ({
    uid: shift(uids, uid, "inside", "outside"),
    gid: shift(gids, gid, "inside", "outside"),
  });
}

function shift(ranges: Ranges, id: number, from: "inside" | "outside", to: "inside" | "outside"): number {
  if (ranges.length === 0) return id;
  const range = ranges.find((candidate) => id >= candidate[from] && id < candidate[from] + candidate.size);
  return range ? range[to] + id - range[from] : OVERFLOW_ID;
}
