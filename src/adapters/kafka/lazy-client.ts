/** What kafkajs calls a producer, an admin or a consumer. */
interface Client {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/** A client that is connected when it is first needed, and again when that failed. */
export interface LazyClient<Kind extends Client> {
  connected(): Promise<Kind>;
  /** Never rejects for a connection that failed. */
  disconnect(): Promise<void>;
}

export function lazyClient<Kind extends Client>(create: () => Kind): LazyClient<Kind> {
  let client: Promise<Kind> | undefined;
  const connect = async () => {
    const created = create();
    await created.connect();
    return created;
  };
  return {
    connected() {
      client ??= connect().catch((error) => {
        client = undefined;
        throw error;
      });
      return client;
    },
    async disconnect() {
      await (await client?.catch(() => undefined))?.disconnect();
    },
  };
}
