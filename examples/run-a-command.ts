// A container that runs one command, its output and its exit code:  bun examples/run-a-command.ts busybox echo hello
import { ApiError, Berth } from "berth";

const [image = "busybox", ...command] = process.argv.slice(2);
const berth = new Berth({ host: process.env.DOCKER_HOST });

async function create(): Promise<string> {
  const { Id } = await berth.containers.create({ Image: image, Cmd: command, HostConfig: { AutoRemove: true } });
  return Id;
}

const id = await create().catch(async (problem) => {
  if (!(problem instanceof ApiError) || problem.status !== 404) throw problem;
  for await (const { status } of berth.images.pull(image)) console.error(status);
  return create();
});

// Attached and waiting before it starts, so that nothing of it is missed.
const stream = await berth.containers.attach(id, false);
const { result } = await berth.containers.waiting(id, "removed");
await berth.containers.start(id);

for await (const { stream: output, payload } of stream.output) {
  (output === 2 ? process.stderr : process.stdout).write(payload);
}
process.exit((await result).StatusCode);
