// Copies configs and secrets with inline content into a container before it starts.
import { ComposeError } from "../model/compose-error.ts";
import type { Project, Service } from "../model/project.ts";
import type { Engine } from "./engine.ts";
import { fileArchive } from "./file-archive.ts";
import { CONFIG_DIRECTORY, fileTarget, SECRET_DIRECTORY } from "./mounts.ts";

interface Source {
  readonly content?: string;
  readonly environment?: string;
  readonly name?: string;
}

/** @throws ComposeError when the content's variable is not set */
function contentOf(project: Project, source: Source, kind: string): string | undefined {
  if (source.content !== undefined) return source.content;
  if (source.environment === undefined) return undefined;
  const value = project.environment.get(source.environment);
  if (value !== undefined) return value;
  throw new ComposeError(
    `environment variable "${source.environment}" required by ${kind} "${source.name}" is not set`,
  );
}

/** @throws ComposeError for a read-only container, and for an unset variable */
export async function putContentFiles(
  engine: Pick<Engine, "containers">,
  project: Project,
  service: Service,
  container: string,
): Promise<void> {
  const { configs, secrets } = project;
  const wanted = [
    ...(service.configs ?? []).map((file) => ({
      file,
      kind: "config",
      directory: CONFIG_DIRECTORY,
      content: contentOf(project, configs.get(file.source ?? "") ?? {}, "config"),
    })),
    ...(service.secrets ?? []).map((file) => {
      const { value, ...secret } = secrets.get(file.source ?? "") ?? { value: undefined };
      const content = value ?? contentOf(project, secret, "secret");
      return { file, kind: "secret", directory: SECRET_DIRECTORY, content };
    }),
  ];
  for (const { file, kind, directory, content } of wanted) {
    if (content === undefined || content === "") continue;
    if (service.read_only) {
      throw new ComposeError(
        `cannot create ${kind} "${file.source}" in read-only service ${service.name}: \`file\` is the sole supported option`,
      );
    }
    const archive = fileArchive({
      path: fileTarget(file, directory),
      content,
      mode: Number.parseInt(file.mode ?? "0444", 8),
      uid: Number(file.uid ?? 0),
      gid: Number(file.gid ?? 0),
    });
    await engine.containers.putArchive(container, "/", archive, { copyUidGid: true });
  }
}
