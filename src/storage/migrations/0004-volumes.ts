// Volumes and their mounts: `plan` is one JSON document per mount. A volume is listed in removed_volumes until its
// directory is deleted, so that a crash never restores it.

export const volumes = `
  CREATE TABLE volumes (
    name TEXT PRIMARY KEY,
    created TEXT NOT NULL,
    labels TEXT NOT NULL,
    options TEXT NOT NULL
  ) STRICT;

  CREATE TABLE removed_volumes (name TEXT PRIMARY KEY) STRICT;

  CREATE TABLE container_mounts (
    container_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    volume TEXT REFERENCES volumes (name),
    plan TEXT NOT NULL,
    PRIMARY KEY (container_id, ordinal)
  ) STRICT;

  CREATE INDEX container_mounts_by_volume ON container_mounts (volume);
`;
