// The build cache: results of build steps, by keys of the step and its input files.

export const buildCache = `
  CREATE TABLE build_cache (
    id TEXT PRIMARY KEY,
    image_id TEXT REFERENCES images (id),
    layer INTEGER REFERENCES layers (number),
    description TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    usage_count INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX build_cache_of_image ON build_cache (image_id);

  CREATE TABLE build_cache_keys (
    key TEXT PRIMARY KEY,
    record_id TEXT NOT NULL REFERENCES build_cache (id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX build_cache_keys_of_record ON build_cache_keys (record_id);
`;
