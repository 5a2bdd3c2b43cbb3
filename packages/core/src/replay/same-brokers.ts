/** Whether two broker lists lead to one cluster, as far as the lists tell. Pure. */

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** True when they share a broker. Two lists without a common broker may still belong to one cluster. */
export function shareBroker(one: string, other: string): boolean {
  const brokers = new Set(brokersOf(one))
  return brokersOf(other).some((broker) => brokers.has(broker))
}

/** One spelling for lists that mean the same: sorted, with ports, each broker once. A path of an embedded log is left alone. */
export function normalisedBrokers(list: string): string {
  return list.startsWith('embedded ') ? list : [...new Set(brokersOf(list))].toSorted().join(',')
}

function brokersOf(list: string): readonly string[] {
  return list
    .split(',')
    .map((broker) => broker.trim().toLowerCase())
    .filter((broker) => broker !== '')
    .map(normalised)
}

function normalised(broker: string): string {
  const [, host = broker, port = '9092'] = /^(.*?)(?::(\d+))?$/.exec(broker) ?? []
  return `${loopbackNames.has(host) ? 'localhost' : host}:${port}`
}
