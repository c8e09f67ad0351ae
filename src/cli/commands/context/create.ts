// `berth context create`
import { command, exactly } from "../../command.ts";
import { DEFAULT_DESCRIPTION, describeContext } from "../../config/context-description.ts";
import { checkContextName, endpointFlag, readEndpoint } from "../../config/context-endpoint.ts";
import { type ContextMetadata, ContextStore, DEFAULT_CONTEXT } from "../../config/context-store.ts";
import { chosenContext } from "../../config/target.ts";
import { CommandError } from "../../failure.ts";
import { text } from "../../flags/kinds.ts";
import { endpointHelp } from "./endpoint-help.ts";

export const create = command({
  usage: "[OPTIONS] CONTEXT",
  description: endpointHelp("Create a context", "create"),
  arity: exactly(1),
  flags: {
    description: text("Description of the context"),
    docker: endpointFlag(),
    from: text("create context from a named context", { complete: "contexts" }),
  },
  async run({ session, flags, given, args }) {
    const [name = ""] = args;
    const store = new ContextStore(session.options.config);
    checkContextName(name);
    if (store.find(name)) throw new CommandError(`context ${JSON.stringify(name)} already exists`);
    if (given.has("docker") && flags.from === "") {
      const { endpoint, tls } = readEndpoint(store, flags.docker);
      const Metadata = flags.description === "" ? {} : { Description: flags.description };
      store.write({ Name: name, Metadata, Endpoints: { docker: endpoint } }, tls);
    } else {
      if (given.has("docker")) throw new CommandError("cannot use --docker flag when --from is set");
      const source = flags.from || chosenContext(session.options, await session.configuration());
      const { metadata } = await describeContext(session, source);
      const described = source === DEFAULT_CONTEXT ? { Description: DEFAULT_DESCRIPTION } : metadata.Metadata;
      const Metadata = flags.description === "" ? described : { Description: flags.description };
      const copy: ContextMetadata = { ...metadata, Name: name, Metadata };
      store.write(copy, source === DEFAULT_CONTEXT ? {} : store.tls(source));
    }
    await session.stdout.line(name);
    await session.stderr.line(`Successfully created context ${JSON.stringify(name)}`);
  },
});
