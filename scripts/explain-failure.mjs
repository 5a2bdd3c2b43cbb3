// Turns the output of a failed `npm ci` into what is wrong and what to do about it.

const CAUSES = [
  {
    pattern: /EBADENGINE|Unsupported engine/,
    says: 'A package does not run on this Node version.',
    todo: 'Install Node 20.19 or newer (22 and 24 work too), then run the same command again.',
  },
  {
    pattern: /better-sqlite3|node-gyp|gyp ERR|prebuild-install/,
    says: 'The native part of better-sqlite3 (the embedded log) could not be fetched ready-made and could not be compiled.',
    todo: [
      'It needs either access to its ready-made binaries on GitHub or a compiler:',
      '  Debian, Ubuntu:  apt-get install python3 make g++',
      '  Fedora:          dnf install python3 make gcc-c++',
      '  Alpine:          apk add python3 make g++',
      '  macOS:           xcode-select --install',
      'Without network, also point npm at the installed Node headers: npm_config_nodedir=<prefix of node>.',
    ].join('\n'),
  },
  {
    pattern: /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network (?:request|timeout)|UNABLE_TO_|CERT_/i,
    says: 'The npm registry could not be reached.',
    todo: 'Check the network, the proxy (npm config get proxy) and the registry (npm config get registry), then run again.',
  },
  {
    pattern: /ENOSPC/,
    says: 'The disk is full.',
    todo: 'About 600 MB are needed for node_modules and the build.',
  },
  {
    pattern: /EACCES|EPERM/,
    says: 'npm may not write here.',
    todo: 'Check who owns this folder and the npm cache (npm config get cache); do not use sudo for it.',
  },
  {
    pattern: /EUSAGE|can only install packages when your package\.json and package-lock\.json/,
    says: 'package.json and package-lock.json do not agree.',
    todo: 'If you changed a dependency, run `npm install` and commit package-lock.json; else check out a clean copy.',
  },
  {
    pattern: /ENOENT.*npm|spawn npm/,
    says: 'npm was not found.',
    todo: 'npm comes with Node: reinstall Node, or put npm on the PATH.',
  },
]

/** Always an answer: an unknown failure is said to be unknown, with npm's own words. */
export function explainInstallFailure(output) {
  const cause = CAUSES.find(({ pattern }) => pattern.test(output))
  const last = output.trimEnd().split('\n').slice(-15).join('\n')
  if (cause === undefined) return `The install failed for a reason this script does not know. npm said last:\n\n${last}`
  return `${cause.says}\n${cause.todo}\n\nnpm said last:\n\n${last}`
}

/** `null` when the version will do; source of the minimum: `engines` of the root package.json. */
export function explainNodeVersion(version) {
  const [major, minor] = version.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return null
  return `This is Node ${version}; Drakkar needs Node 20.19 or newer (20, 22 and 24 are tested).\nInstall one from nodejs.org or with a version manager, then run the same command again.`
}
