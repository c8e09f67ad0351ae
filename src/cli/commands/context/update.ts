// `berth context update`
import { command, exactly } from "../../command.ts";
import { checkContextName, endpointFlag, readEndpoint } from "../../config/context-endpoint.ts";
import { ContextStore } from "../../config/context-store.ts";
import { text } from "../../flags/kinds.ts";
import { endpointHelp } from "./endpoint-help.ts";

export const update = command({
  usage: "[OPTIONS] CONTEXT",
  description: endpointHelp("Update a context", "update"),
  arity: exactly(1),
  complete: ["contexts"],
  flags: { description: text("Description of the context"), docker: endpointFlag() },
  async run({ session, flags, given, args }) {
    const [name = ""] = args;
    checkContextName(name);
    const store = new ContextStore(session.options.config);
    const { Metadata, Endpoints, ...rest } = store.get(name);
    const described = flags.description === "" ? Metadata : { ...Metadata, Description: flags.description };
    const changed = given.has("docker") ? readEndpoint(store, flags.docker) : undefined;
    const endpoints = changed ? { ...Endpoints, docker: changed.endpoint } : Endpoints;
    store.write({ ...rest, Metadata: described, Endpoints: endpoints }, changed?.tls);
    await session.stdout.line(name);
    await session.stderr.line(`Successfully updated context ${JSON.stringify(name)}`);
  },
});
