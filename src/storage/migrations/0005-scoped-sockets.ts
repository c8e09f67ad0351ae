// Scoped sockets: what was asked for, one JSON document each.

export const scopedSockets = `
  CREATE TABLE scoped_sockets (
    name TEXT PRIMARY KEY,
    spec TEXT NOT NULL
  ) STRICT;
`;
