// Name, version and build of this program.
import manifest from "../../package.json" with { type: "json" };

/** Put in its place by the build (scripts/setup/program.ts); there is none when the sources run as they are. */
declare const BERTH_BUILD: { readonly commit: string; readonly time: string } | undefined;

const build = typeof BERTH_BUILD === "undefined" ? { commit: "", time: "" } : BERTH_BUILD;

export const PRODUCT = "Berth";
export const VERSION: string = manifest.version;
/** The commit the program was built of, with "-dirty" behind it when the sources were not that commit's. */
export const GIT_COMMIT: string = build.commit;
/** RFC 3339. */
export const BUILD_TIME: string = build.time;
