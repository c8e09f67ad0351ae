// `berth context export`

import { writeFileSync } from "node:fs";
import { isErrno } from "../../../linux/errno.ts";
import { between, command } from "../../command.ts";
import { packContext } from "../../config/context-archive.ts";
import { describeContext } from "../../config/context-description.ts";
import { checkContextName } from "../../config/context-endpoint.ts";
import { ContextStore, DEFAULT_CONTEXT } from "../../config/context-store.ts";
import { CommandError } from "../../failure.ts";

export const exportContext = command({
  usage: "[OPTIONS] CONTEXT [FILE|-]",
  arity: between(1, 2),
  complete: ["contexts", "files"],
  flags: {},
  async run({ session, args }) {
    const [name = "", destination = `${name}.dockercontext`] = args;
    if (name !== DEFAULT_CONTEXT) checkContextName(name);
    const { metadata } = await describeContext(session, name);
    const tls = name === DEFAULT_CONTEXT ? {} : new ContextStore(session.options.config).tls(name);
    const archive = packContext(metadata, tls);
    if (destination === "-") {
      if (session.stdout.isTerminal)
        throw new CommandError("cowardly refusing to export to a terminal, specify a file path");
      await session.stdout.write(archive);
      return;
    }
    try {
      writeFileSync(destination, archive, { flag: "wx", mode: 0o600 });
    } catch (thrown) {
      const exists = isErrno(thrown, "EEXIST");
      throw new CommandError(`open ${destination}: ${exists ? "file exists" : "no such file or directory"}`);
    }
    await session.stderr.line(`Written file ${JSON.stringify(destination)}`);
  },
});
