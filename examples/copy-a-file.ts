// Files out of a container, as the tar archive they come in:  bun examples/copy-a-file.ts web /etc passwd.tar
import { Berth } from "berth";

const [container = "", path = "", target = "files.tar"] = process.argv.slice(2);
const berth = new Berth({ host: process.env.DOCKER_HOST });

const { stat, archive } = await berth.containers.getArchive(container, path);
const file = Bun.file(target).writer();
for await (const chunk of archive) file.write(chunk);
await file.end();
console.log(`${stat.name}: ${Bun.file(target).size} bytes of archive in ${target}`);
