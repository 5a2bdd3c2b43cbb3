/** `sinks.signed_webhook.<instance>`. */
import { described, secret } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'

export const SignedWebhookConfig = Type.Object(
  {
    url: described(Type.String({ pattern: '^https?://[^/?#@]+([/?#]|$)' }), 'Where each event is posted. Without user and password.'),
    signing_secret: described(
      secret({ pattern: '^whsec_[A-Za-z0-9+/]+={0,2}$' }),
      "Shared with the receiver: whsec_ and the key in base64. `node -p \"'whsec_' + crypto.randomBytes(32).toString('base64')\"` makes one.",
    ),
  },
  { additionalProperties: false, description: 'Posts events, signed as Standard Webhooks asks for.' },
)
