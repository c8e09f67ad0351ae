/** How a client identifies itself to a registry: by a password or a token. */
export interface RegistryCredentials {
  username?: string | undefined;
  password?: string | undefined;
  /** The registry, as the client names it; "" is Docker Hub. */
  serverAddress?: string | undefined;
  /** What the registry gave instead of the password (OAuth 2). */
  identityToken?: string | undefined;
  /** Sent unchanged. */
  registryToken?: string | undefined;
}
