// The network drivers: one file each, and one line here.
import { bridgeDriver } from "./bridge.ts";
import type { DefaultNetworkDriver, NetworkDriver } from "./driver.ts";
import { ipvlanDriver } from "./ipvlan.ts";
import { macvlanDriver } from "./macvlan.ts";

const drivers: readonly NetworkDriver[] = [bridgeDriver, ipvlanDriver, macvlanDriver];

export const networkDrivers: ReadonlyMap<string, NetworkDriver> = new Map(
  drivers.map((driver) => [driver.name, driver]),
);

/** The driver of the default network, and of networks created without one. */
export const defaultDriver: DefaultNetworkDriver = bridgeDriver;
