// Every container with its state, newest first:  bun examples/list-containers.ts
import { Berth } from "berth";

const berth = new Berth({ host: process.env.DOCKER_HOST });

for (const { Id, Names, Image, Status } of await berth.containers.list({ all: true })) {
  console.log(Id.slice(0, 12), Names[0]?.slice(1), Image, Status);
}
