// npm stop: stops the engine started by `npm start`. Containers keep running.
import { engineOptions, stopEngine } from "./setup/engine.ts";
import { script } from "./step.ts";

await script(() => stopEngine(engineOptions(process.argv.slice(2))));
