// The clock of build events.
import type { Moment } from "./events.ts";

export const now = (): Moment => performance.timeOrigin + performance.now();
