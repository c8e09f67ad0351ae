// Name, version and build of this program.
import manifest from "../../package.json" with { type: "json" };

/** Defined by the build (scripts/setup/program.ts); undefined when running from the sources. */
declare const BERTH_BUILD: { readonly commit: string; readonly time: string } | undefined;

const build = typeof BERTH_BUILD === "undefined" ? { commit: "", time: "" } : BERTH_BUILD;

export const PRODUCT = "Berth";
export const VERSION: string = manifest.version;
/** The commit the program was built of, with "-dirty" behind it when the sources were not that commit's. */
export const GIT_COMMIT: string = build.commit;
/** RFC 3339. */
export const BUILD_TIME: string = build.time;
