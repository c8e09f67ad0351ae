// `compose ps`: lists the containers of the project.
import { splitPair } from "../../../api/pairs.ts";
import type { ContainerSummary } from "../../../client/index.ts";
import { label } from "../../../compose/project/labels.ts";
import { type ObservedContainer, observeContainers, ofServices } from "../../../compose/project/observed.ts";
import { CommandError } from "../../failure.ts";
import { list as listFlag, tableFormat, text, toggle } from "../../flags/kinds.ts";
import type { ListFormat } from "../../output/list-format.ts";
import { printList } from "../../output/print-list.ts";
import { containerList } from "../../output/rows/containers.ts";
import { composeCommand } from "./command.ts";

const STATES = ["paused", "restarting", "removing", "running", "dead", "created", "exited"];

const healthOf = ({ Status }: ContainerSummary): string =>
  /\((healthy|unhealthy|health: starting)\)/.exec(Status)?.[1]?.replace("health: ", "") ?? "";

const exitCodeOf = ({ Status }: ContainerSummary): number => Number(/^Exited \((\d+)\)/.exec(Status)?.[1] ?? 0);

function publishers({ Ports }: ContainerSummary) {
  return Ports.map(({ IP = "", PrivatePort, PublicPort = 0, Type }) => ({
    URL: IP,
    TargetPort: PrivatePort,
    PublishedPort: PublicPort,
    Protocol: Type,
  }));
}

function format(short: boolean): ListFormat<ObservedContainer> {
  const plain = containerList({ short, size: false });
  return {
    typeName: "*formatter.ContainerContext",
    columns: ["Name", "Image", "Command", "Service", "RunningFor", "Status", "Ports"],
    headers: {
      ...plain.headers,
      Name: "NAME",
      Service: "SERVICE",
      Project: "PROJECT",
      Health: "HEALTH",
      ExitCode: "EXIT CODE",
    },
    quiet: "ID",
    row: (container) => {
      const { summary, name, service } = container;
      return {
        ...plain.row(summary),
        ID: () => (short ? summary.Id.slice(0, 12) : summary.Id),
        Name: () => name,
        Names: () => name,
        Service: () => service,
        Project: () => summary.Labels[label.project] ?? "",
        Health: () => healthOf(summary),
        ExitCode: () => exitCodeOf(summary),
        Publishers: () => publishers(summary),
      };
    },
  };
}

export const list = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags: {
    all: toggle("Show all stopped containers (including those created by the run command)", { short: "a" }),
    filter: text("Filter services by a property (supported filters: status)"),
    format: tableFormat(),
    "no-trunc": toggle("Don't truncate output"),
    orphans: toggle("Include orphaned services (not declared by project)", { initial: true }),
    quiet: toggle("Only display IDs", { short: "q" }),
    services: toggle("Display services"),
    status: listFlag(`Filter services by status. Values: [${STATES.join(" | ")}]`, {
      type: "stringArray",
      complete: STATES,
    }),
  },
  async run({ compose, flags, args }) {
    const statuses = [...flags.status];
    if (flags.filter !== "") {
      const [key, value = ""] = splitPair(flags.filter);
      if (key === "source") throw new CommandError("unsupported filter source");
      if (key !== "status") throw new CommandError(`unknown filter ${key}`);
      statuses.push(value);
    }
    const project = await compose.existingProject(args);
    const engine = await compose.engine();
    const all = flags.all || statuses.length > 0;
    const containers = ofServices(await observeContainers(engine, project.name, { all, oneOffs: all }), args);
    const { services, disabled } = project;
    const shown = containers
      .filter(({ service }) => flags.orphans || services.has(service) || disabled.has(service))
      .filter(({ summary }) => statuses.length === 0 || statuses.includes(summary.State))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { stdout } = compose.session;
    if (flags.services) {
      const names = [...new Set(shown.map(({ service }) => service))];
      await stdout.write(names.map((name) => `${name}\n`).join(""));
      return;
    }
    if (flags.quiet) {
      await stdout.write(shown.map(({ id }) => `${id}\n`).join(""));
      return;
    }
    const { psFormat = "" } = await compose.session.configuration();
    await printList(stdout, shown, format(!flags["no-trunc"]), { format: flags.format || psFormat });
  },
});
