// `use_api_socket`: the engine's own socket in the container, where Docker's clients look for it.
import type { Project, Service } from "../../../compose/model/project.ts";
import { inPrintedOrder } from "../../../compose/model/schema/service.ts";
import { CommandError } from "../../failure.ts";
import type { ComposeSession } from "./session.ts";

const TARGET = "/var/run/docker.sock";

/** @throws CommandError when the engine is not reached by a socket */
export async function withApiSocket(compose: ComposeSession, project: Project): Promise<Project> {
  const wanted = [...project.services.values()].filter(({ use_api_socket: isWanted }) => isWanted);
  if (wanted.length === 0) return project;
  const { host } = await compose.session.target();
  if (!host.startsWith("unix://")) {
    throw new CommandError("use_api_socket can only be used with unix sockets: docker endpoint is not a unix socket");
  }
  const source = host.slice("unix://".length);
  const services = new Map(project.services);
  for (const service of wanted) {
    const volumes = [...(service.volumes ?? []), { type: "bind", source, target: TARGET, bind: {} }];
    const changed: Service = inPrintedOrder({ ...service, volumes });
    services.set(service.name, changed);
  }
  return { ...project, services };
}
