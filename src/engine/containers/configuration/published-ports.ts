// The schema of the ports that a container is asked to publish, by which records are read.
import * as v from "valibot";
import type { RequestedPort } from "../../../api/requested-ports.ts";

export const publishedPortsSchema = v.array(
  v.object({
    port: v.string(),
    bindings: v.nullable(v.array(v.object({ hostAddress: v.string(), hostPort: v.string() }))),
  }),
) satisfies v.GenericSchema<RequestedPort[]>;
