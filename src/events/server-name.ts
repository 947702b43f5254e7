/** Host of a server's `host:port`; IPv6 without brackets. */
export function hostOf(server: string): string {
  return server.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

/** Whether a server's `host:port` is meant by a name that a person gave: its host, or all of it. Case does not matter. */
export function serverNamed(name: string): (server: string) => boolean {
  const wanted = name.toLowerCase();
  return (server) => {
    const given = server.toLowerCase();
    return given === wanted || hostOf(given) === wanted.replace(/^\[(.*)\]$/, '$1');
  };
}
