/** A message log that writes down what its consumer is told and what it commits, and passes everything on unchanged. */
export function recordedLog(log, ledger) {
  return new Proxy(log, {
    get(target, name) {
      if (name === 'consumer') return (options) => recordedConsumer(target.consumer(options), ledger)
      const member = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

function recordedConsumer(consumer, ledger) {
  const recorded = {
    start: (listener, call) => consumer.start(recordedListener(listener, ledger), call),
    commit: (requests) => recordedCommit(consumer, requests, ledger),
    pause(partitions) {
      ledger.write('pause', partitions.length)
      consumer.pause(partitions)
    },
    resume(partitions) {
      ledger.write('resume', partitions.length)
      consumer.resume(partitions)
    },
    stop() {
      ledger.write('leave')
      return consumer.stop()
    },
  }
  return new Proxy(recorded, {
    get(target, name) {
      if (name in target) return target[name]
      const member = Reflect.get(consumer, name, consumer)
      return typeof member === 'function' ? member.bind(consumer) : member
    },
  })
}

function recordedListener(listener, ledger) {
  return {
    onRecords: (partition, records) => listener.onRecords(partition, records),
    onAssign(assignments) {
      ledger.write(
        'assign',
        assignments.map(({ partition, epoch, committed }) => [partition, epoch, committed]),
      )
      listener.onAssign(assignments)
    },
    async onRevoke(partitions) {
      ledger.write('revoke', partitions)
      await listener.onRevoke(partitions)
      ledger.write('release', partitions)
    },
    onLost(partitions) {
      ledger.write('lost', partitions)
      listener.onLost(partitions)
    },
    onRebalancing() {
      ledger.write('rebalancing')
      listener.onRebalancing()
    },
    onError(error) {
      ledger.write('error', error.kind, error.code, error.message)
      listener.onError(error)
    },
  }
}

async function recordedCommit(consumer, requests, ledger) {
  try {
    const result = await consumer.commit(requests)
    if (result.committed.length > 0)
      ledger.write(
        'commit',
        result.committed.map(({ partition, offset }) => [partition, offset]),
      )
    if (result.refused.length > 0)
      ledger.write(
        'refused',
        result.refused.map(({ partition, offset }) => [partition, offset]),
      )
    return result
  } catch (error) {
    ledger.write(
      'commit-failed',
      requests.map(({ partition, offset }) => [partition, offset]),
      error.message,
    )
    throw error
  }
}
