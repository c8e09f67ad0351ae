// What this program is called and which version it is: one place for the client, the daemon and the wire.
import manifest from "../../package.json" with { type: "json" };

export const PRODUCT = "Berth";
export const VERSION: string = manifest.version;
