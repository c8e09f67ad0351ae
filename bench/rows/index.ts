// All rows, in the order they are measured and printed.
import type { Row } from "../row.ts";
import { buildRows } from "./builds.ts";
import { clientRows } from "./client.ts";
import { composeRows } from "./compose.ts";
import { containerRows } from "./containers.ts";
import { filesRows } from "./files.ts";
import { floorRows } from "./floor.ts";
import { imageRows } from "./images.ts";
import { memoryRows } from "./memory.ts";
import { portRows } from "./ports.ts";
import { scaleRows } from "./scale.ts";
import { streamRows } from "./streams.ts";

export const rows: Row[] = [
  ...clientRows,
  ...floorRows,
  ...containerRows,
  ...composeRows,
  ...imageRows,
  ...filesRows,
  ...buildRows,
  ...portRows,
  ...streamRows,
  ...memoryRows,
  ...scaleRows,
];
