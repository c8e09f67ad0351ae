// `compose top`: shows the containers' processes.
import { observeContainers, ofServices } from "../../../compose/project/observed.ts";
import { inColumns } from "../../output/columns.ts";
import { composeCommand } from "./command.ts";

const table = (rows: readonly (readonly string[])[]): string =>
  `${inColumns(rows.map((row) => row.join("\t")).join("\n"))}\n`;

export const top = composeCommand({
  usage: "[SERVICES...]",
  arity: () => undefined,
  flags: {},
  async run({ compose, args }) {
    const project = await compose.existingProject(args);
    const berth = await compose.session.berth();
    const containers = ofServices(await observeContainers(berth, project.name, { all: false }), args);
    const tops = await Promise.all(
      containers.map(async ({ id, service, number }) => ({ service, number, ...(await berth.containers.top(id)) })),
    );
    const titles = [...new Set(tops.flatMap(({ Titles }) => Titles))];
    const rows = tops.flatMap(({ service, number, Titles, Processes }) =>
      Processes.map((process) => [
        service,
        String(number),
        ...titles.map((title) => process[Titles.indexOf(title)] ?? "-"),
      ]),
    );
    if (rows.length > 0) await compose.session.stdout.write(table([["SERVICE", "#", ...titles], ...rows]));
  },
});
