// `berth context import`
import { command, exactly } from "../../command.ts";
import { unpackContext } from "../../config/context-archive.ts";
import { checkContextName } from "../../config/context-endpoint.ts";
import { ContextStore } from "../../config/context-store.ts";
import { CommandError } from "../../failure.ts";

async function readArchive(source: string): Promise<Uint8Array> {
  if (source === "-") return Bun.stdin.bytes();
  const file = Bun.file(source);
  if (!(await file.exists())) throw new CommandError(`open ${source}: no such file or directory`);
  return file.bytes();
}

export const importContext = command({
  usage: "CONTEXT FILE|-",
  arity: exactly(2),
  complete: ["contexts", "files"],
  flags: {},
  async run({ session, args }) {
    const [name = "", source = ""] = args;
    checkContextName(name);
    const store = new ContextStore(session.options.config);
    if (store.find(name)) throw new CommandError(`context ${JSON.stringify(name)} already exists`);
    const { metadata, tls } = unpackContext(await readArchive(source));
    store.write({ ...metadata, Name: name }, tls);
    await session.stdout.line(name);
    await session.stderr.line(`Successfully imported context ${JSON.stringify(name)}`);
  },
});
