/** The sink type `filesystem` of `@drakkar/sink-file` with two metrics of our own. */
import { defineSink } from '@drakkar/plugin-sdk'
import { filesystemSink } from '@drakkar/sink-file'

export default defineSink({
  ...filesystemSink,
  create(config, context) {
    const sink = filesystemSink.create(config, context)
    const writes = context.metrics.histogram('write_payloads', 'Payloads per write to files.', [1, 10, 100, 1000])
    const refused = context.metrics.counter('write_refusals_total', 'Payloads that were answered as failed.')
    const deliver = sink.deliver.bind(sink)
    // The sink is an object with a life of its own: a member is replaced on it, since a spread copy would lose its methods.
    sink.deliver = async (batch, call) => {
      writes.observe(batch.length)
      const answers = await deliver(batch, call)
      refused.inc((answers ?? []).filter(({ status }) => status === 'failure').length)
      return answers
    }
    return sink
  },
})
