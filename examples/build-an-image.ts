// An image of the Dockerfile in a directory:  bun examples/build-an-image.ts . mine:1.0
import { Berth } from "berth";

const [directory = ".", name = "mine:latest"] = process.argv.slice(2);
const berth = new Berth({ host: process.env.DOCKER_HOST });

// The context is a tar archive, from wherever it comes.
const context = Bun.spawn(["tar", "--create", "--file=-", `--directory=${directory}`, "."]).stdout;
for await (const { stream, error } of berth.images.build(context, { tags: [name], buildArguments: { BY: "berth" } })) {
  if (error !== undefined) throw new Error(error);
  process.stdout.write(stream ?? "");
}
