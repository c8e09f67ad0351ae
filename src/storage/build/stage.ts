// The mount point of build workers: a directory that exists on every host, covered in the worker's mount namespace only.

export const STAGE = "/sys";
