// The tables of volumes.

export const volumes = "";
