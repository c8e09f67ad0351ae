// The ports that a container is asked to publish.
import * as v from "valibot";
import { portRequestSchema } from "../../../network/port-schemas.ts";

export const publishedPortsSchema = v.object({
  requests: v.array(portRequestSchema),
  /** Ports of the container that are named without one of the host, such as "80/tcp": these are only exposed. */
  exposed: v.array(v.string()),
});
export type PublishedPorts = v.InferOutput<typeof publishedPortsSchema>;
