// What builds keep, as `system df` shows it.
import { expect, test } from "bun:test";
import type { BuildCacheRecord } from "../../../src/api/build.ts";
import { verboseUsage } from "../../../src/cli/output/disk-usage-details.ts";
import { usageRows } from "../../../src/cli/output/rows/disk-usage.ts";

const record = (ID: string, rest: Partial<BuildCacheRecord> = {}): BuildCacheRecord => ({
  ID,
  Type: "exec.cachemount",
  Description: `cached mount /${ID}`,
  InUse: false,
  Shared: false,
  Size: 1000,
  CreatedAt: new Date(Date.now() - 3 * 86_400_000).toISOString(),
  LastUsedAt: new Date(Date.now() - 7_200_000).toISOString(),
  UsageCount: 2,
  ...rest,
});

const nothing = { LayersSize: 0, Images: null, Containers: null, Volumes: null };
const BuildCache = [
  record("used", { InUse: true, LastUsedAt: new Date(Date.now() - 60_000).toISOString() }),
  record("idle-with-a-long-id", { Size: 2_500_000 }),
  record("never", { LastUsedAt: null, UsageCount: 0 }),
  record("shared", { Shared: true, Size: 1e9 }),
];

test("one row in total: shared records are not counted, and those in use are not reclaimable", () => {
  expect(usageRows({ ...nothing, BuildCache }).at(-1)).toMatchObject({
    total: 4,
    active: 1,
    size: 2_502_000,
    reclaimable: 2_501_000,
  });
});

test("prints a table per type, least recently used first", () => {
  const [, table] = verboseUsage({ ...nothing, BuildCache }, "").split("Build cache usage: 2.502MB\n\n");
  expect(table).toBe(
    [
      "CACHE ID       CACHE TYPE        SIZE      CREATED      LAST USED            USAGE     SHARED",
      "never          exec.cachemount   1kB       3 days ago                        0         false",
      "idle-with-a-   exec.cachemount   2.5MB     3 days ago   2 hours ago          2         false",
      "shared         exec.cachemount   1GB       3 days ago   2 hours ago          2         true",
      "used*          exec.cachemount   1kB       3 days ago   About a minute ago   2         false",
      "",
    ].join("\n"),
  );
});

test("every field is available in templates", () => {
  const format = "{{range .BuildCache}}{{.ID}} {{.CacheType}} {{.Description}} {{.UsageCount}} {{.InUse}};{{end}}";
  expect(verboseUsage({ ...nothing, BuildCache: [record("one")] }, format)).toContain(
    "one exec.cachemount cached mount /one 2 false;",
  );
});
