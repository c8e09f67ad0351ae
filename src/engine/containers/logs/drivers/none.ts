import { logLimits } from "../limits.ts";
import type { LogDriver } from "../log-driver.ts";

export const none: LogDriver = { name: "none", options: [], storage: "none", limits: () => logLimits({}) };
