// Maps file owners between disk and container, which differ with user namespaces.
import type { IdMappings } from "../user-mapping.ts";
import type { Owners } from "./messages.ts";

type Ranges = Owners["uids"];
type Owner = (uid: number, gid: number) => { uid: number; gid: number };

/** The overflow ID, shown for unmapped ids. Source: user_namespaces(7). */
const OVERFLOW_ID = 65534;

/** The owner of a container's file as seen from the host; unchanged without a mapping. */
export function ownersOf(mapping: IdMappings | undefined): Owners {
  return { uids: [...(mapping?.uids ?? [])], gids: [...(mapping?.gids ?? [])] };
}

/** The owner as seen in the container; unchanged without ranges. */
export function ownerInside({ uids, gids }: Owners): Owner {
  return (uid, gid) => ({
    uid: shift(uids, uid, "outside", "inside"),
    gid: shift(gids, gid, "outside", "inside"),
  });
}

/** The owner as stored on disk. */
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
