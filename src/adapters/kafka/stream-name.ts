/** One partition of a topic, as projections name it: `<topic>/<partition>`. */
export function streamName(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** The way back. */
export function streamOf(stream: string): { topic: string; partition: number } {
  const slash = stream.lastIndexOf('/');
  return { topic: stream.slice(0, slash), partition: Number(stream.slice(slash + 1)) };
}
