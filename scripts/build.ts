// npm run build: makes dist/berth.
import { berth, buildProgram } from "./setup/program.ts";
import { say, script } from "./step.ts";

await script(async () => {
  await buildProgram();
  say(`${berth} is up to date`);
});
