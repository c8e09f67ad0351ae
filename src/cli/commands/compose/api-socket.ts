// `use_api_socket`: mounts the engine's socket where Docker's clients look for it, and writes the user's logins to a
// config.json, so that the container can pull and push with the user's permissions.
import type { Project, Service } from "../../../compose/model/project.ts";
import { inPrintedOrder } from "../../../compose/model/schema/service.ts";
import { encodeLogin } from "../../credentials/login-text.ts";
import { allCredentials } from "../../credentials/store.ts";
import { CommandError } from "../../failure.ts";
import type { ComposeSession } from "./session.ts";

const TARGET = "/var/run/docker.sock";

/** The names that Docker Compose uses, which are part of the hash of a service. */
const CONFIG = "#apisocket";
const CONFIG_DIRECTORY = "/run/secrets/docker";

/** A config.json with every login of the user, also those that a credential helper keeps. */
async function loginFile(compose: ComposeSession): Promise<string> {
  const logins = Object.entries(await allCredentials(compose.session)).sort(([a], [b]) => (a < b ? -1 : 1));
  const auths = logins.map(([server, { username = "", password = "", identitytoken }]) => {
    const auth = username || password ? encodeLogin(username, password) : undefined;
    return [server, { auth, identitytoken: identitytoken || undefined }];
  });
  return JSON.stringify({ auths: Object.fromEntries(auths) }, undefined, "\t");
}

/** @throws CommandError when the engine is not on a Unix socket */
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
    const { volumes = [], configs = [], environment = {} } = service;
    const variables = { ...environment, DOCKER_CONFIG: environment.DOCKER_CONFIG ?? CONFIG_DIRECTORY };
    const changed: Service = inPrintedOrder({
      ...service,
      environment: Object.fromEntries(Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1))),
      volumes: [...volumes, { type: "bind", source, target: TARGET, bind: {} }],
      configs: [...configs, { source: CONFIG, target: `${CONFIG_DIRECTORY}/config.json` }],
    });
    services.set(service.name, changed);
  }
  const configs = new Map([...project.configs, [CONFIG, { name: CONFIG, content: await loginFile(compose) }]]);
  return { ...project, services, configs };
}
