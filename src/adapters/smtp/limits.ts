/** Limits of the SMTP port. What is answered at each of them stands in README.md. */
export interface SmtpLimits {
  /** Connections at a time; 1 or more. */
  clientsMax: number;
  /** Connections at a time from one IP address; unix sockets are not counted. 1 or more. */
  clientsPerAddressMax: number;
  /** Size of a message after dot-unstuffing, and what SIZE advertises (RFC 1870). */
  messageBytesMax: number;
  /** Accepted recipients of one transaction; RFC 5321 4.5.3.1.8 asks for at least 100. */
  recipientsMax: number;
  /** How long the client may be silent while it owes us something. */
  idleMsMax: number;
  /** From 354 to the final dot. */
  dataMsMax: number;
  /** A command line without its line end; RFC 5321 asks for 512 and more for each extension. */
  commandBytesMax: number;
  /** Commands with a syntax error or unknown ones, of one connection. */
  badCommandsMax: number;
  /** `Received` fields in the header; Postfix's own limit is 50. */
  hopsMax: number;
  /** Trace fields of our own in the header: how often a message may pass gateways like this one. */
  tracesMax: number;
}

/** A filter behind one MTA: that MTA is one address, so the two limits on clients are the same. */
export const defaultSmtpLimits: SmtpLimits = {
  clientsMax: 200,
  clientsPerAddressMax: 200,
  messageBytesMax: 100 * 1024 * 1024,
  recipientsMax: 1000,
  idleMsMax: 300_000,
  dataMsMax: 600_000,
  commandBytesMax: 16_384,
  badCommandsMax: 20,
  hopsMax: 50,
  tracesMax: 10,
};
