// `compose ls`: lists the engine's projects.
import { label } from "../../../compose/project/labels.ts";
import { filter, text, toggle } from "../../flags/kinds.ts";
import { inColumns } from "../../output/columns.ts";
import { composeCommand } from "./command.ts";

const table = (rows: readonly (readonly string[])[]): string =>
  `${inColumns(rows.map((row) => row.join("\t")).join("\n"))}\n`;

export const projects = composeCommand({
  usage: "[OPTIONS]",
  arity: () => undefined,
  flags: {
    all: toggle("Show all stopped Compose projects", { short: "a" }),
    filter: filter("Filter output based on conditions provided"),
    format: text("Format the output. Values: [table | json]", { initial: "table", complete: ["table", "json"] }),
    quiet: toggle("Only display project names", { short: "q" }),
  },
  async run({ compose, flags }) {
    const { stdout } = compose.session;
    const engine = await compose.engine();
    const filters = { label: [label.project] };
    const containers = await engine.containers.list({ all: flags.all, filters });
    const byProject = Map.groupBy(containers, ({ Labels }) => Labels[label.project] ?? "");
    const names = flags.filter.name;
    const found = [...byProject]
      .filter(([name]) => names === undefined || names.some((pattern) => name.includes(pattern)))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([Name, own]) => {
        const states = Map.groupBy(own, ({ State }) => State);
        const Status = [...states]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([state, of]) => `${state}(${of.length})`)
          .join(", ");
        const files = new Set(own.flatMap(({ Labels }) => Labels[label.files] ?? []));
        return { Name, Status, ConfigFiles: [...files].join(",") || "N/A" };
      });
    if (flags.quiet) await stdout.write(found.map(({ Name }) => `${Name}\n`).join(""));
    else if (flags.format === "json") await stdout.line(JSON.stringify(found));
    else
      await stdout.write(
        table([["NAME", "STATUS", "CONFIG FILES"], ...found.map((row) => [row.Name, row.Status, row.ConfigFiles])]),
      );
  },
});
