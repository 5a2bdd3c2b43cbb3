/** Pure: the configuration of one Kafka node that is broker and controller at once. */

/** A node's place in its cluster. */
export interface KafkaNode {
  readonly id: number
  readonly port: number
  readonly controllerPort: number
}

export interface KafkaProperties {
  readonly node: KafkaNode
  /** All nodes of the cluster, this one included. */
  readonly nodes: readonly KafkaNode[]
  readonly bind: string
  readonly logDirectory: string
  readonly settings: Readonly<Record<string, string>> | undefined
}

const brokerSettings = {
  'num.partitions': '1',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.num.partitions': '1',
  'group.initial.rebalance.delay.ms': '0',
  'auto.create.topics.enable': 'false',
  // With the default of 9 s a broker killed and started again is refused for that long.
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
}

export function kafkaProperties({ node, nodes, bind, logDirectory, settings }: KafkaProperties): Readonly<Record<string, string>> {
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(','),
    listeners: `PLAINTEXT://${bind}:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': logDirectory,
    ...replication(nodes.length),
    ...brokerSettings,
    ...settings,
  }
}

/** Everything on every node, and writable as long as most of them are there. */
function replication(nodes: number): Readonly<Record<string, string>> {
  const [factor, least] = [String(nodes), String(Math.floor(nodes / 2) + 1)]
  return {
    'default.replication.factor': factor,
    'min.insync.replicas': least,
    'offsets.topic.replication.factor': factor,
    'transaction.state.log.replication.factor': factor,
    'transaction.state.log.min.isr': least,
    'share.coordinator.state.topic.replication.factor': factor,
    'share.coordinator.state.topic.min.isr': least,
  }
}
