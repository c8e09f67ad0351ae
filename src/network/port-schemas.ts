// The schemas of published ports, by which records are read.
import * as v from "valibot";
import { type PortRange, type PortRequest, transportProtocols } from "../api/port-ranges.ts";

export const portRangeSchema = v.object({
  protocol: v.picklist(transportProtocols),
  containerPort: v.number(),
  hostAddresses: v.array(v.string()),
  hostPort: v.number(),
  count: v.number(),
}) satisfies v.GenericSchema<PortRange>;

export const portRequestSchema = v.object({
  ...portRangeSchema.entries,
  lastHostPort: v.number(),
}) satisfies v.GenericSchema<PortRequest>;
