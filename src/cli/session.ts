// One run of the client: program name, output, and engine.
import type { Berth } from "../client/index.ts";
import { type Configuration, ConfigurationError, readConfiguration } from "./config/configuration.ts";
import { setting } from "./config/environment.ts";
import { resolveTarget, type Target } from "./config/target.ts";
import type { GlobalOptions } from "./globals.ts";
import { Output } from "./output/output.ts";

export class Session {
  /** The program's name: "berth", or "docker" when installed under that name. */
  readonly program: string;
  readonly options: GlobalOptions;
  readonly stdout = new Output(1);
  readonly stderr = new Output(2);
  #configuration: Promise<Configuration> | undefined;
  #target: Promise<Target> | undefined;
  #berth: Promise<Berth> | undefined;

  constructor(program: string, options: GlobalOptions) {
    this.program = program;
    this.options = options;
  }

  /** config.json; an invalid one causes one warning and counts as empty. */
  configuration(): Promise<Configuration> {
    this.#configuration ??= readConfiguration(this.options.config).catch(async (thrown) => {
      if (!(thrown instanceof ConfigurationError)) throw thrown;
      await this.stderr.line(`WARNING: ${thrown.message}`);
      return {};
    });
    return this.#configuration;
  }

  /** The selected engine and context. */
  target(): Promise<Target> {
    this.#target ??= this.configuration().then((configuration) => resolveTarget(this.options, configuration));
    return this.#target;
  }

  /** The API client for that engine. */
  berth(): Promise<Berth> {
    this.#berth ??= this.#connect();
    return this.#berth;
  }

  /** Connects already. What goes wrong is reported by the request. */
  async dialAhead(): Promise<void> {
    const berth = await this.berth().catch(() => undefined);
    await berth?.connection.dialAhead();
  }

  async #connect(): Promise<Berth> {
    const [configuration, { host, tls }, { Berth }] = await Promise.all([
      this.configuration(),
      this.target(),
      import("../client/index.ts"),
    ]);
    return new Berth({ host, tls, apiVersion: setting("API_VERSION"), headers: configuration.HttpHeaders });
  }
}
