// A further process in a running container, fed from here:  bun examples/exec-with-input.ts web
import { Berth } from "berth";

const [container = ""] = process.argv.slice(2);
const berth = new Berth({ host: process.env.DOCKER_HOST });

const { Id } = await berth.execs.create(container, {
  AttachStdin: true,
  AttachStdout: true,
  Cmd: ["sh", "-c", "tr a-z A-Z"],
});
const upperCase = await berth.execs.start(Id);
await upperCase.write(Buffer.from("written by the program\n"));
await upperCase.closeWrite();

for await (const { payload } of upperCase.output) process.stdout.write(payload);
console.log("exit code", (await berth.execs.inspect(Id)).ExitCode);
