// Where a build worker mounts what it works on: any directory that every host has, covered in this process alone.

export const STAGE = "/sys";
