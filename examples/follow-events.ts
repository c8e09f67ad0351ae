// What happens in the engine, for as many seconds as are given:  bun examples/follow-events.ts 60
import { Berth } from "berth";

const [seconds = "60"] = process.argv.slice(2);
const berth = new Berth({ host: process.env.DOCKER_HOST });
const until = String(Date.now() / 1000 + Number(seconds));

for await (const { Type, Action, Actor } of berth.system.events({ until, filters: { type: ["container"] } })) {
  console.log(Type, Action, Actor.Attributes.name);
}
