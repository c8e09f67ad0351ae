// The network drivers there are: one file each, and one line here.
import { bridgeDriver } from "./bridge.ts";
import type { NetworkDriver } from "./driver.ts";
import { ipvlanDriver } from "./ipvlan.ts";
import { macvlanDriver } from "./macvlan.ts";

export const networkDrivers: ReadonlyMap<string, NetworkDriver> = new Map(
  [bridgeDriver, macvlanDriver, ipvlanDriver].map((driver) => [driver.name, driver]),
);
