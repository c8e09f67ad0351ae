// `compose events`: streams the events of the project's containers.
import { label } from "../../../compose/project/labels.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { readPointInTime } from "../../times.ts";
import { composeCommand } from "./command.ts";

export const events = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags: {
    json: toggle("Output events as a stream of json objects"),
    since: text("Show all events created since timestamp"),
    until: text("Stream events until this timestamp"),
  },
  async run({ compose, flags, args }) {
    const project = await compose.existingProject(args);
    const engine = await compose.engine();
    const { stdout } = compose.session;
    const options = {
      since: readPointInTime(flags.since, "since"),
      until: readPointInTime(flags.until, "until"),
      filters: { type: ["container"], label: [`${label.project}=${project.name}`] },
    };
    for await (const { Action, Actor, time, timeNano } of engine.system.events(options)) {
      const { Attributes, ID } = Actor;
      const service = Attributes[label.service] ?? "";
      if (Attributes[label.oneOff] === "True" || (args.length > 0 && !args.includes(service))) continue;
      if (/^(exec|attach|resize|top)/.test(Action)) continue;
      const stamp = new Date(timeNano / 1e6);
      const attributes = Object.entries(Attributes).filter(([name]) => !name.startsWith("com.docker.compose."));
      if (flags.json) {
        await stdout.line(
          JSON.stringify({
            action: Action,
            attributes: Object.fromEntries(attributes),
            id: ID,
            service,
            time: `${stamp.toISOString().slice(0, 19)}.${String(timeNano % 1e9).padStart(9, "0")}Z`,
            type: "container",
          }),
        );
      } else {
        const shown = attributes.map(([name, value]) => `${name}=${value}`).join(", ");
        const local = new Date(time * 1000).toISOString().replace("T", " ").replace(/\..*$/, "");
        await stdout.line(
          `${local}.${String(Math.floor((timeNano / 1e3) % 1e6)).padStart(6, "0")} container ${Action} ${ID} (${shown})`,
        );
      }
    }
  },
});
