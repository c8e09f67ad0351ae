// All migrations, oldest first. Never edit a released migration: append a new one.
import { containers } from "./0001-containers.ts";
import { images } from "./0002-images.ts";
import { networks } from "./0003-networks.ts";
import { volumes } from "./0004-volumes.ts";
import { scopedSockets } from "./0005-scoped-sockets.ts";
import { networkInterfaces } from "./0006-network-interfaces.ts";
import { portRanges } from "./0007-port-ranges.ts";
import { buildCache } from "./0008-build-cache.ts";
import { ownForms } from "./0009-own-forms.ts";

export const migrations: readonly string[] = [
  containers,
  images,
  networks,
  volumes,
  scopedSockets,
  networkInterfaces,
  portRanges,
  buildCache,
  ownForms,
];
