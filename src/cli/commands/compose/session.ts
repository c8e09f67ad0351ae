// One run of `compose`: its options, the project they mean, and where warnings go.
import { diskSources } from "../../../compose/files.ts";
import type { Project } from "../../../compose/model/project.ts";
import { defaultOpenOptions, Opener, type OpenOptions } from "../../../compose/open.ts";
import type { Session } from "../../session.ts";
import type { ComposeOptions } from "./globals.ts";

export class ComposeSession {
  readonly session: Session;
  readonly options: ComposeOptions;

  constructor(session: Session, options: ComposeOptions) {
    this.session = session;
    this.options = options;
  }

  /** A line of the kind that Compose writes its warnings in: short at a terminal, with a time elsewhere. */
  readonly warn = (message: string): void => {
    const { stderr } = this.session;
    const time = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const line = stderr.isTerminal
      ? `WARN[0000] ${message}`
      : `time="${time}" level=warning msg=${JSON.stringify(message)}`;
    // Written in order with everything else that goes there; nobody waits for a warning.
    void stderr.line(line);
  };

  opener(options: Partial<OpenOptions> = {}): Opener {
    const { files, projectDirectory, environmentFiles, projectName, profiles, allResources } = this.options;
    const whole: OpenOptions = {
      ...defaultOpenOptions,
      files,
      projectDirectory,
      environmentFiles,
      projectName,
      profiles,
      keepsUnused: allResources,
      environment: process.env,
      currentDirectory: process.env.PWD || process.cwd(),
      ...options,
    };
    return new Opener(
      diskSources(async () => undefined),
      whole,
      this.warn,
    );
  }

  /** The project narrowed to the services that are asked for and those they need. */
  project(services: readonly string[] = [], options: Partial<OpenOptions> = {}): Promise<Project> {
    return this.opener({ services, ...options }).project();
  }
}
