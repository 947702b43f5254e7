/** One more way into the broker, besides the plain one. */
export interface SecureListener {
  port: number;
  /** PEM: certificate chain and key of the broker. */
  certificate: string;
  key: string;
  /** With SASL on top of TLS; the users must be known to the broker. */
  sasl: boolean;
}

/** What a broker is started with. */
export interface BrokerPlan {
  /** Everything of the broker is in here. */
  folder: string;
  host: string;
  port: number;
  controllerPort: number;
  secure?: SecureListener;
  /** Further server properties. */
  properties?: Readonly<Record<string, string | number | boolean>>;
}

/** The broker's `server.properties`: one node that is broker and controller (KRaft), loopback, quick to start and to come back. */
export function serverProperties(plan: BrokerPlan): string {
  const { folder, host, port, controllerPort, secure } = plan;
  const single = { 'replication.factor': 1, 'min.isr': 1, 'num.partitions': 1 };
  const internal = ['transaction.state.log', 'share.coordinator.state.topic'].flatMap((name) =>
    Object.entries(single).map(([key, value]) => [`${name}.${key}`, value] as const),
  );
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': `${folder}/data`,
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    ...Object.fromEntries(internal),
    // After a kill -9 the broker is let in again when its session is over: 9 s by default.
    'broker.session.timeout.ms': 1000,
    'broker.heartbeat.interval.ms': 200,
    'controller.quorum.election.timeout.ms': 200,
    'controller.quorum.fetch.timeout.ms': 500,
    ...listeners(host, port, controllerPort, secure),
    ...plan.properties,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function listeners(host: string, port: number, controllerPort: number, secure: SecureListener | undefined) {
  const secureName = secure?.sasl === true ? 'SASL_SSL' : 'SSL';
  const plain = `PLAINTEXT://${host}:${port}`;
  const all = secure === undefined ? plain : `${plain},${secureName}://${host}:${secure.port}`;
  return {
    listeners: `${all},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': all,
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL`,
    ...(secure === undefined
      ? {}
      : {
          'ssl.keystore.type': 'PEM',
          'ssl.keystore.certificate.chain': onOneLine(secure.certificate),
          'ssl.keystore.key': onOneLine(secure.key),
          'sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512',
          'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': scramLogin,
          'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': scramLogin,
        }),
  };
}

/** The users are in the cluster's own data. */
const scramLogin = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';

/** A line that ends in a backslash goes on in the next; `\n` stands for a line end inside a value. */
function onOneLine(pem: string): string {
  return pem.trim().replaceAll('\n', '\\n');
}
