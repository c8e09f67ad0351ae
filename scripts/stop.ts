// npm stop: ends the engine that `npm start` started. Containers stay as they are.
import { engineOptions, stopEngine } from "./setup/engine.ts";
import { script } from "./step.ts";

await script(() => stopEngine(engineOptions(process.argv.slice(2))));
