// run.mjs
import { DrakkarApp } from '@drakkar/core'
import handler from './handler.mjs'

const { exitCode } = await new DrakkarApp({ handler, configPath: 'drakkar.yaml' }).run()
process.exitCode = exitCode
