// Volumes, and which container mounts what: `plan` is one JSON document a mount. A volume that is being removed is
// named in removed_volumes until its directory is out of the way, so that a crash never brings it back.

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
