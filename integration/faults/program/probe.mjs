// Loaded into a worker before its own code: does to it from within what cannot be done from outside (the wall clock, a busy main
// loop), and counts what cannot be seen from outside (timers). Told so over the channel to the parent.
const RealDate = Date
let offsetMs = 0

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offsetMs)
    else super(...args)
  }

  static now() {
    return RealDate.now() + offsetMs
  }
}

const commands = {
  jump: ({ byMs }) => {
    offsetMs += byMs
    return { offsetMs }
  },
  block: ({ forMs }) => {
    const until = performance.now() + forMs
    while (performance.now() < until);
    return { blockedMs: forMs }
  },
  resources: () => {
    const counts = {}
    for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1
    return counts
  },
}

process.on('message', ({ id, command, ...args }) => {
  const answer = commands[command](args)
  if (process.connected) process.send({ id, answer })
})
process.channel?.unref()
