// What an engine's refusals mean.
import { ApiError } from "../../client/index.ts";

export const isNotFound = (thrown: unknown): boolean => thrown instanceof ApiError && thrown.status === 404;
export const isConflict = (thrown: unknown): boolean => thrown instanceof ApiError && thrown.status === 409;
